"""What a fork server of the tests is kept busy with."""

import sys
import time

sys.stderr.write("importing\n")
sys.stderr.flush()
time.sleep(2)
