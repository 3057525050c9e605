"""``twistd chat``: the options, and the service they make."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from .database import DatabaseError
from .doors.line import LineDoor
from .doors.textbook import DOORS as TEXTBOOK_DOORS
