#!/usr/bin/env python3
"""An exec provider to begin from: it keeps records in a JSON file, {"api.example.test.": {"ttl": 300, "target": "old.example.net."}}.

    provider: {kind: exec, command: [Plans/exec-provider.py, records.json]}

    cutover provider check --zone example.test --name api.example.test Plans/exec-provider.py records.json

tries whether a program keeps the contract. One JSON object comes in on a line, one goes out, and the program ends. Exchange `load` and `store` for calls of
your provider's API. What it must keep to: `replace` compares with `expected` and replaces in one step; it never
deletes first; what is not known to have happened is "unknown", never a guess.
"""
import fcntl
import json
import os
import sys


def answer(request, path):
    if request.get("cutover") != 1:
        return {"outcome": "permanent", "error": "only version 1 is spoken here", "reason": "version"}
    if request["operation"] == "describe":
        return {"cutover": 1, "longestWriteSeconds": 10}
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open(path) as file:
            records = json.load(file)
        record = records.get(request["name"])
        if request["operation"] == "read":
            return record or {"absent": True}
        if request["operation"] != "replace":
            return {"outcome": "permanent", "reason": "no such operation"}
        if record != request["expected"]:
            return {"outcome": "conflict", "reason": f"it holds {json.dumps(record)}"}
        records[request["name"]] = request["wanted"]
        with open(path + ".new", "w") as file:
            json.dump(records, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
        return {"outcome": "applied"}


print(json.dumps(answer(json.loads(sys.stdin.readline()), sys.argv[1])))
