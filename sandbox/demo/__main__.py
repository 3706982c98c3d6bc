"""Starts everything, says where it is, and ends it on Ctrl-C."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from sandbox.demo.leftovers import end_leftovers
from sandbox.demo.parts import Demo
from sandbox.demo.progress import failed, step
from sandbox.demo.surroundings import DemoError, Surroundings, is_a_demo
from sandbox.processes import SandboxError
from sandbox.services import DATA, running


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/demo", description="Switchboard here, with a phone to try it.")
    parser.add_argument("--data", type=Path, default=DATA / "demo", help="where the demo keeps its data")
    parser.add_argument("--reset", action="store_true", help="forget the data of earlier runs first")
    parser.add_argument("--web-port", type=int, default=8000)
    parser.add_argument("--phone-port", type=int, default=8790)
    parser.add_argument("--mail-port", type=int, default=8791)
    parser.add_argument("--meta-port", type=int, default=8793)
    options = parser.parse_args()
    if options.reset and options.data.exists():
        if not is_a_demo(options.data):
            failed(f"{options.data} holds no data of a demo; nothing in it was deleted.")
            return 1
        shutil.rmtree(options.data)
    # Ended by SIGTERM as by Ctrl-C, also where a shell started us with SIGINT ignored: what was started is ended too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    end_leftovers(options.data)
    try:
        ports = {f"{name}_port": getattr(options, f"{name}_port") for name in ("web", "phone", "mail", "meta")}
        run(Surroundings.prepare(options.data, **ports))
    except KeyboardInterrupt:
        print("Stopped. The data is kept: bin/demo goes on with it, bin/demo --reset starts anew.")
    except (DemoError, SandboxError) as error:
        failed(str(error))
        return 1
    return 0


def run(surroundings: Surroundings) -> None:
    """Start each part in turn and stay until Ctrl-C, or until a part dies. Raises `DemoError`."""
    starting = step("PostgreSQL and Redis")
    with running(surroundings.data / "services") as services:
        starting.done()
        demo = Demo(surroundings, environment={**surroundings.environment, **services.environment()})
        try:
            demo.write_environment()
            starting = step("Database")
            demo.release()
            starting.done()
            starting = step("Lumen Bakery and Harbor Clinic")
            demo.onboard()
            starting.done()
            starting = step("Web, worker, beat, phones and mail")
            demo.start()
            demo.wait_until_ready()
            starting.done()
            print(demo.welcome(), flush=True)
            while True:
                demo.check()
                time.sleep(1)
        except KeyboardInterrupt:
            print("\nStopping", flush=True)
            raise
        finally:
            demo.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
