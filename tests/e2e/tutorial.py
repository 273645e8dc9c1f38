"""A page whose commands are executed as they stand: ```sh blocks, each followed, where something is
printed that matters, by a ```text block with exactly that."""
import re
import subprocess

BLOCK = re.compile(r"```sh\n(.*?)```\n(?:```text\n(.*?)```\n)?", re.DOTALL)


def steps(page):
    """[(commands, what they print, or None)]"""
    return BLOCK.findall(page.read_text())


def follow(page, folder, environment):
    """Executes a page in a folder; yields (commands, printed, wanted) for each block that says what it
    prints. A command that fails ends it with an exception that shows what it said."""
    for commands, wanted in steps(page):
        done = subprocess.run(["bash", "-eu", "-c", commands], cwd=folder,
                              env=environment, text=True, capture_output=True, timeout=300,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"{commands}ended with {done.returncode}\n{done.stdout}{done.stderr}")
        if wanted:
            yield commands, done.stdout + done.stderr, wanted
