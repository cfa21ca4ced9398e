#compdef cnitool
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of cnitool for zsh: install as _cnitool in a folder of $fpath.

local -a offers
offers=("${(@f)$(cnitool complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
case $offers[1] in
:command) _command_names -e ;;
:file) _files ;;
:folder) _files -/ ;;
?*) compadd -a offers ;;
esac
