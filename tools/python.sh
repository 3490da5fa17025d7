#!/bin/sh
# Prints where an interpreter of this minor version is: `tools/python.sh 3.12`. Looks on the PATH and
# among those of pyenv, in that order; exit code 1, and how to get one, where there is none.
version=$1

works() {
  "$1" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null
}

# pyenv puts a python3.12 on the PATH that works only where one was chosen.
for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
  if works "$python"; then
    "$python" -c "import sys; print(sys.executable)"
    exit 0
  fi
done
echo "there is no Python $version on the PATH, nor in pyenv. To get one, one of:" >&2
echo "  pyenv install $version" >&2
echo "  uv python install $version   (then put its directory on the PATH)" >&2
echo "  apt-get install python$version python$version-venv   (where the system has it)" >&2
exit 1
