"""Records what a real Envoy does with filters, and checks that it still does what was recorded.

  python record record CASE.json...    runs each definition and writes the whole case over it
  python record check CASE.json...     runs recorded cases again; differences end with exit code 1
  python record check --list FILE      the same for the cases that a file names, one a line
  python record show CASE.json         runs a definition and prints the lines that its filter logged
  python record cost SCENARIO.json     what the filters of a scenario file cost Envoy for each request (needs wrk)
  python record version                what Envoy says of itself
"""

import argparse
import asyncio
import json
import pathlib
import subprocess
import sys

import comparing
import cost
import envoy
import recording

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write(path, case):
    path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


async def record_one(path, _):
    case = await recording.record(read(path))
    again = await recording.run(case)
    write(path, case)
    found = comparing.differences(case, again)
    if found:
        print(f"{path.name} is recorded, but a second run differed:", *found, sep="\n    ")
    else:
        print(f"{path.name} is recorded")
    return not found


async def check_one(path, attempts):
    recorded = read(path)
    reason = (recorded.get("compare") or {}).get("skip")
    if reason:
        print(f"{path.name} is left out: {reason}")
        return True
    for attempt in range(attempts):
        found = comparing.differences(recorded, await recording.run(recorded))
        if not found:
            print(f"{path.name} is as recorded" + (f" (attempt {attempt + 1})" if attempt else ""))
            return True
    print(f"{path.name} differs from the recording:", *found, sep="\n    ")
    return False


async def show_one(path, _):
    case = await recording.run(read(path))
    print(f"== {path.name}: {case.get('name', '')}")
    for line in case["startup_once"]:
        print("  start", comparing.shown(line))
    for number, exchange in enumerate(case["cases"]):
        result = exchange["result"]
        others = set(result.get("other_vm") or [])
        for index, line in enumerate(result["logs"]):
            print(f"  {number}{'*' if index in others else ' '}", comparing.shown(line))
        for key in ("client", "upstream", "callouts"):
            print(f"  {number}  {key}: {json.dumps(result.get(key), ensure_ascii=False)}")
    for line in case["shutdown_logs"]:
        print("  end  ", comparing.shown(line))
    for line in case["errors"]:
        print("  !", line["level"], line["msg"])
    print("  exit", case["exit"], "metrics", json.dumps(case.get("metrics")))
    return True


async def run_all(command, paths, jobs, attempts):
    turn = asyncio.Semaphore(jobs)

    async def one(path):
        async with turn:
            try:
                return await command(path, attempts)
            except Exception as error:  # One case must not take the others with it.
                print(f"{path.name} could not be run: {type(error).__name__}: {error}")
                return False

    return await asyncio.gather(*map(one, paths))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["record", "check", "show", "cost", "version"])
    parser.add_argument("cases", nargs="*", type=pathlib.Path)
    parser.add_argument("--list", type=pathlib.Path, help="a file that names cases of the folder cases")
    parser.add_argument("--jobs", type=int, default=2, help="cases that run at the same time")
    parser.add_argument("--attempts", type=int, default=3, help="runs before a case counts as different")
    options = parser.parse_intermixed_args()
    if options.command == "version":
        return subprocess.run([envoy.binary(), "--version"], check=False).returncode
    if options.command == "cost":
        for scenario in options.cases:
            asyncio.run(cost.measure(scenario))
        return 0
    paths = list(options.cases)
    if options.list:
        names = options.list.read_text(encoding="utf-8").split()
        paths += [CASES / name for name in names]
    if not paths:
        parser.error("no cases are given")
    command = {"record": record_one, "check": check_one, "show": show_one}[options.command]
    done = asyncio.run(run_all(command, paths, options.jobs, options.attempts))
    good = sum(done)
    print(f"{good} of {len(done)} cases are good")
    return 0 if good == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
