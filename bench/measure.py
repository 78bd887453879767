"""What a whole process takes: wall time and peak memory."""
import os, subprocess, sys, tempfile, time


def measured(command, cwd=None):
    """Runs a command; seconds, peak MiB, what it printed."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        out.seek(0)
        text = out.read().decode()
    if status != 0:
        sys.exit(f"{command}: status {status}\n{text}")
    return seconds, usage.ru_maxrss / 1024, text
