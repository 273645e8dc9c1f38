"""What random sequences need to know of the toy API."""
OUT = {"m": 64}


def setup():
    return [{"f": "toy_ctx_create", "a": [0, {"m": 8}]}]


def settle(live):
    waits = [{"f": "toy_job_wait", "a": [{"h": label}]} for label in live["toy_job"]]
    return waits + [{"f": "toy_sum", "a": [{"h": label}, OUT]} for label in live["toy_ctx"]]


def numbers(function, parameter):
    return {"flags": [0, 1], "op": [0, 1, 2], "value": [0, 1, -5, 1000000, 1000001],
            "fill": [0, 1, 7], "milliseconds": [0, 1],
            "name": [1, 2, 3],  # 0 is the count of references, of which a callback may hold one
            "count": [0, 1, 2, 16], "size": [0, 4, 8, 64]}.get(parameter)


def texts(function, parameter):
    if parameter == "program":
        return ["", "run", "a longer program"]
    return [{"n": [1, 1], "w": 8}] if parameter == "lengths" else None


weights = {
    "toy_sleep": 0.3, "toy_join": 0.5,
    "toy_job_poll": 0,  # two runs need not agree
    "toy_job_release": 0,  # nor on what an unfinished job has written, for which nobody can wait
    "toy_hash_nodes": 0, "toy_hash_list": 0, "toy_hash_rows": 0,  # random bytes are no pointers
    "toy_stream": 0, "toy_count_up": 0, "toy_gather": 0,  # the same
    "toy_report": 0, "toy_report_up_to": 0, "toy_describe": 0, "toy_complete": 0,  # the same
    "toy_lend_input": 0, "toy_lend": 0, "toy_lend_output": 0, "toy_give_back": 0,  # bytes come later
    "toy_keep": 0,  # the server keeps a copy, and programs write to what they gave
    "toy_status_text": 0,  # an address
    "toy_functions": 0,  # each library has its own
    "toy_name": 0,  # its size is read, too: outputs begin with bytes that are no size
}
null_handles = 0


def mend(op, _made, _dice):
    """Null for a handle: with a bad value besides, the router's check comes before the library's. Part of
    a handle: bytes of an address."""
    if op["f"] == "toy_ctx_info" and op["a"][1:2] == [2] and op["a"][2] < 8:
        op["a"][2] = 8
    return op if not op["a"] or op["a"][0] is not None else None


# A job waits for the gate of its context, which is opened once.
gates = {"toy_ctx_create":
         lambda label: {"f": "toy_gate_open", "a": [{"h": f"{label}.1.0"}]}}


def blocks(op):
    return op["f"] in ("toy_job_wait", "toy_job_release", "toy_ctx_release")
