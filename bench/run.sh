#!/usr/bin/env bash
# ./run bench [PROGRAM [ARGUMENT ...]]: one benchmark with its arguments, or each in turn.
# Reports are printed, and kept as JSON in the build folder.
set -euo pipefail

build=$1
shift
results=$build/bench-results
mkdir -p "$results"

programs=(automation ring_bench encode_bench null_call vm)
if (($#)); then
  programs=("$1")
  shift
fi
for program in "${programs[@]}"; do
  if [[ $program == vm ]]; then
    command=(/usr/bin/python3 "$(dirname "$0")/vm/vm.py" "$build")
  else
    command=("$build/bench/$program")
  fi
  "${command[@]}" --json "$results/$program.json" "$@"
done
echo
echo "reports: $results/*.json"
