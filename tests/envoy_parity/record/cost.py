"""What the filters of a scenario file cost a real Envoy: processor time of a request with them, less that without.

One worker, a route that answers by itself, `wrk` with 16 connections that are kept. Both Envoys run at the same time
and take turns, so that a busy machine is as unkind to one as to the other.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import envoy

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 16


def processor_nanos(process):
    """What all threads of a process have used so far."""
    tasks = pathlib.Path(f"/proc/{process}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())


def filters(scenario):
    """The chain of a scenario file as settings of a case."""
    read = json.loads(scenario.read_text(encoding="utf-8"))
    chain = []
    for entry in read["chain"]:
        config = entry.get("plugin_config", "")
        config = config if isinstance(config, str) else json.dumps(config)
        chain.append({"filter": str((scenario.parent / entry["filter"]).resolve()), "config": config})
    return {"config": chain[0]["config"], "settings": {**chain[0], "clean": True, "chain": chain[1:]}}


def requests_in(port, seconds):
    arguments = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://127.0.0.1:{port}/direct/x"]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    return int(re.search(r"(\d+) requests in", said)[1])


def micros(running, seconds):
    before = processor_nanos(running.process.pid)
    count = requests_in(running.port, seconds)
    return (processor_nanos(running.process.pid) - before) / count / 1000


async def measure(scenario):
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing; on Debian: apt-get install wrk")
    cases = {"with": filters(scenario), "without": {"config": "", "settings": {"clean": True}}}
    running = {name: envoy.Envoy(case, {"upstream": None}) for name, case in cases.items()}
    found = {name: [] for name in cases}
    try:
        for one in running.values():
            await one.start()
            if not one.ready:
                raise SystemExit("Envoy did not start: " + os.linesep.join(line["msg"] for line in one.said[-3:]))
        for round in range(ROUNDS + 1):
            for name, one in running.items():
                taken = micros(one, 1 if round == 0 else SECONDS)
                if round:  # The first one warms up.
                    found[name].append(taken)
    finally:
        for one in running.values():
            await one.stop()
    for name, values in found.items():
        print(f"{name:>7}: least {min(values):.2f} us a request, median {sorted(values)[ROUNDS // 2]:.2f} us")
    print(f"filters: {min(found['with']) - min(found['without']):.2f} us a request")
