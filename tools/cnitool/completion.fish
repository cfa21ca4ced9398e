# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of cnitool for fish: install as vendor_completions.d/cnitool.fish.

function __cnitool_offers
    set -l words (commandline -opc) (commandline -ct)
    for line in (cnitool complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case :command
                __fish_complete_command
            case :file
                __fish_complete_path (commandline -ct)
            case :folder
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end

complete -c cnitool -f -a '(__cnitool_offers)'
