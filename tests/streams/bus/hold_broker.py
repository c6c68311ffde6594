"""Start an embedded broker, print its port and the id of its process, and hold it until told or killed.

python -m tests.streams.bus.hold_broker [thread]
"""

import signal
import sys
import threading

from streams.bus.broker import EmbeddedBroker


def main() -> None:
    # Whoever starts the tests in the background ignores Ctrl-C, and every process below inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    broker = EmbeddedBroker()
    if "thread" in sys.argv:
        starter = threading.Thread(target=broker.start)
        starter.start()
        starter.join()
    else:
        broker.start()
    try:
        sys.stdout.write(f"{broker.bootstrap} {broker.guard_pid}\n")
        sys.stdout.flush()
        sys.stdin.read()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
