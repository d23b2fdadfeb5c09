#!/usr/bin/env python3
"""An exec provider to begin from: it keeps records in a JSON file, {"api.example.test.": {"ttl": 300, "target": "old.example.net."}}.

    provider: {kind: exec, command: [Plans/exec-provider.py, records.json]}

    cutover provider check --zone example.test --name api.example.test Plans/exec-provider.py records.json

tries whether a program keeps the contract. One JSON object comes in on a line, one goes out, and the program ends. Exchange `load` and `store` for calls of
your provider's API. What it must keep to: `replace` compares with `expected` and replaces in one step; it never
deletes first; what is not known to have happened is "unknown", never a guess.

`publish` and `withdraw` put one TXT value at a name and take it away, whatever else is there: certificates are proven that way. A program
that leaves "challenges" out of `describe` needs neither.
"""
import fcntl
import json
import os
import sys


def answer(request, path):
    if request.get("cutover") != 1:
        return {"outcome": "permanent", "error": "only version 1 is spoken here", "reason": "version"}
    if request["operation"] == "describe":
        return {"cutover": 1, "longestWriteSeconds": 10, "challenges": True}
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open(path) as file:
            records = json.load(file)
        record = records.get(request["name"])
        if request["operation"] == "read":
            if record and "texts" in record:
                return {"other": record["texts"]}
            return record or {"absent": True}
        if request["operation"] in ("publish", "withdraw"):
            if record and "texts" not in record:
                return {"outcome": "permanent", "reason": f"it holds {json.dumps(record)}"}
            texts = [text for text in (record or {}).get("texts", []) if text != request["text"]]
            if request["operation"] == "publish":
                texts.append(request["text"])
            records[request["name"]] = {"ttl": request["ttl"], "texts": texts}
            if not texts:
                del records[request["name"]]
        elif request["operation"] != "replace":
            return {"outcome": "permanent", "reason": "no such operation"}
        elif record != request["expected"]:
            return {"outcome": "conflict", "reason": f"it holds {json.dumps(record)}"}
        else:
            records[request["name"]] = request["wanted"]
        with open(path + ".new", "w") as file:
            json.dump(records, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
        return {"outcome": "applied"}


print(json.dumps(answer(json.loads(sys.stdin.readline()), sys.argv[1])))
