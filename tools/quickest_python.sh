#!/usr/bin/env bash
# Prints the quickest Python 3.11 on the PATH that can make an environment; nothing if there is none.
#
# They differ by how they were built: one built without optimisations, as pyenv does unless told otherwise, needs a
# quarter longer for all that is done here. The options it names do not always tell, so each is asked to run a little,
# in turns: a shared machine is half as quick again from one moment to the next.
set -uo pipefail

run='
import ensurepip, time, timeit
text = "x = str(i & 63); d[x] = d.get(x, 0) + len(x); t.append((x, i)); f(t.pop())"
loop, before = f"for i in range(4000): {text}", "d = {}; t = []; f = lambda pair: pair[0]"
print(min(timeit.repeat(loop, before, time.process_time, number=1, repeat=10)))
'
for _ in 1 2 3 4 5 6; do type -ap python3.11; done | while read -r python; do
  seconds=$("$python" -c "$run" 2> /dev/null) && echo "$seconds $python"
done | LC_ALL=C sort -g | head -n 1 | cut -d ' ' -f 2-
