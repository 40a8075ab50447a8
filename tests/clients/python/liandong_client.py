"""A departmental system's side of Liandong: grpcio and the published protos, nothing else.

Take it as a start for your own; docs/departments.md explains each step. The generated modules
(`python -m grpc_tools.protoc`, see conftest.py) must be importable.

Invariants worth keeping in any language:
- a change carries a request_id chosen before the first try, so that a retry is harmless;
- an event is processed first and acknowledged after, so that none is lost;
- an event may come twice, so that processing drops ids it has seen.
"""

import queue
from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from liandong.dispatch.v1 import (
    assignment_service_pb2_grpc,
    case_service_pb2_grpc,
    check_service_pb2_grpc,
    event_service_pb2_grpc,
    inbox_service_pb2,
    inbox_service_pb2_grpc,
    task_service_pb2_grpc,
)

CALL_SECONDS = 10


class Caller:
    """One person of one organization, calling with its token."""

    def __init__(self, address: str, token: str = ""):
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self.metadata = [("authorization", f"Bearer {token}")] if token else []
        self.cases = case_service_pb2_grpc.CaseServiceStub(self.channel)
        self.tasks = task_service_pb2_grpc.TaskServiceStub(self.channel)
        self.assignments = assignment_service_pb2_grpc.AssignmentServiceStub(self.channel)
        self.checks = check_service_pb2_grpc.CheckServiceStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.inbox = inbox_service_pb2_grpc.InboxServiceStub(self.channel)

    def call(self, method, request):
        """Calls a unary method with the token and a deadline."""
        return method(request, metadata=self.metadata, timeout=CALL_SECONDS)

    def follow(self, group: str, cursor: str = "", max_outstanding: int = 0, kinds=()) -> "Stream":
        """Opens the inbox: from `cursor`, or from where the group last acknowledged."""
        start = inbox_service_pb2.StartFrame(group=group, cursor=cursor, max_outstanding=max_outstanding, kinds=kinds)
        return Stream(self.inbox.StreamInbox, self.metadata, start)

    def close(self):
        """Closes the connection."""
        self.channel.close()


class Stream:
    """An open inbox. Iterate over its frames, `ack` what is processed; closing loses nothing."""

    def __init__(self, method, metadata, start):
        self.frames = queue.SimpleQueue()
        self.frames.put(inbox_service_pb2.StreamInboxRequest(start=start))
        self.answers = method(iter(self.frames.get, None), metadata=metadata)
        opened = next(self.answers)
        assert opened.WhichOneof("frame") == "started", opened
        self.started = opened.started
        self.acked = opened.started.cursor

    def events(self):
        """The events, in order. What the server confirms as acknowledged is kept in `acked`."""
        for answer in self.answers:
            match answer.WhichOneof("frame"):
                case "event":
                    yield answer.event
                case "ack_result":
                    self.acked = answer.ack_result.through

    def ack(self, cursor: str):
        """Says that everything up to and including `cursor` is processed; the answer comes as a frame."""
        frame = inbox_service_pb2.AckFrame(through=cursor)
        self.frames.put(inbox_service_pb2.StreamInboxRequest(ack=frame))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.frames.put(None)
        self.answers.cancel()


@dataclass
class Refusal:
    """Why a call was refused, for programs (code, reason) and for people (chinese)."""

    code: grpc.StatusCode
    reason: str = ""
    domain: str = ""
    metadata: dict = field(default_factory=dict)
    chinese: str = ""
    fields: list = field(default_factory=list)


def refusal(error: grpc.RpcError) -> Refusal:
    """Reads the details of a failed call (google.rpc.Status)."""
    found = Refusal(code=error.code())
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            found.reason, found.domain, found.metadata = info.reason, info.domain, dict(info.metadata)
        elif detail.Is(error_details_pb2.LocalizedMessage.DESCRIPTOR):
            text = error_details_pb2.LocalizedMessage()
            detail.Unpack(text)
            if text.locale == "zh-CN":
                found.chinese = text.message
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            found.fields = [violation.field for violation in bad.field_violations]
    return found
