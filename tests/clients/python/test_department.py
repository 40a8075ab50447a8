"""What a departmental system does, against a running `liandong up`, with nothing but the published protos."""

import uuid

import grpc
import pytest

from liandong.dispatch.v1 import (
    assignment_pb2,
    assignment_service_pb2 as orders,
    check_service_pb2 as checks,
    inbox_service_pb2 as inboxes,
    task_pb2,
    task_service_pb2 as plans,
)
from liandong_client import refusal

State = assignment_pb2.Assignment.State


def test_an_order_found_in_the_inbox_is_carried_out_to_its_checked_end(street):
    """Stream, sign, commit with officers, report in, report, check by another organization."""
    # Proves R3.
    order = street.issue()
    department = street.department
    with department.follow("main") as stream:
        frame = next(it for it in stream.events() if it.event.facts.assignment == order)
        assert frame.event.WhichOneof("payload") == "assignment_offered"
        assert frame.event.facts.clocks, "an order carries its deadlines"
        stream.ack(frame.cursor)

    too_early = orders.ReportInRequest(name=order, request_id=new_id())
    assert refused(department, department.assignments.ReportIn, too_early).reason == "NOT_COMMITTED"

    signed = department.call(
        department.assignments.SignAssignment, orders.SignAssignmentRequest(name=order, request_id=new_id())
    )
    assert signed.assignment.state == State.STATE_SIGNED and signed.assignment.signer
    one_officer = orders.CommitAssignmentRequest(name=order, officers=street.officers[:1], request_id=new_id())
    assert refused(department, department.assignments.CommitAssignment, one_officer).reason == "TOO_FEW_OFFICERS"
    two_officers = orders.CommitAssignmentRequest(name=order, officers=street.officers, request_id=new_id())
    committed = department.call(department.assignments.CommitAssignment, two_officers)
    assert sorted(committed.assignment.officers) == sorted(street.officers)
    department.call(department.assignments.ReportIn, orders.ReportInRequest(name=order, request_id=new_id()))
    result = orders.ReportAssignmentRequest(
        name=order, note="已清理", evidence=["sha256:" + "0" * 64], request_id=new_id()
    )
    reported = department.call(department.assignments.ReportAssignment, result)
    assert reported.assignment.state == State.STATE_REPORTED

    verdict = checks.CheckAssignmentRequest(
        name=order, result=assignment_pb2.Check.RESULT_PASS, note="属实", request_id=new_id()
    )
    checked = street.checker.call(street.checker.checks.CheckAssignment, verdict)
    assert checked.assignment.state == State.STATE_DONE
    assert checked.task_state == task_pb2.Task.STATE_FINISHED


def test_a_refusal_says_why_to_programs_and_to_people(street):
    """Reason, domain and zh-CN text on every refusal; what is another's looks like what is not there."""
    order = street.issue()
    department = street.department
    commit = orders.CommitAssignmentRequest(name=order, officers=street.officers, request_id=new_id())
    unsigned = refused(department, department.assignments.CommitAssignment, commit)
    assert (unsigned.code, unsigned.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_SIGNED")
    assert unsigned.domain == "liandong" and is_chinese(unsigned.chinese)

    missing = refused(
        department,
        department.assignments.GetAssignment,
        orders.GetAssignmentRequest(name=f"tasks/{uuid.uuid4()}/assignments/1"),
    )
    foreign = refused(
        street.stranger, street.stranger.assignments.GetAssignment, orders.GetAssignmentRequest(name=order)
    )
    assert missing == foreign and missing.code == grpc.StatusCode.NOT_FOUND

    malformed = refused(
        department,
        department.assignments.SignAssignment,
        orders.SignAssignmentRequest(name="boxes/1", request_id="no-uuid"),
    )
    assert malformed.code == grpc.StatusCode.INVALID_ARGUMENT
    assert {"name", "request_id"} <= set(malformed.fields)

    anonymous = refused(
        street.anonymous, street.anonymous.assignments.GetAssignment, orders.GetAssignmentRequest(name=order)
    )
    assert anonymous.code == grpc.StatusCode.UNAUTHENTICATED and is_chinese(anonymous.chinese)
    forbidden = refused(department, department.tasks.IssueTask, plans.IssueTaskRequest(name=task_of(order)))
    assert forbidden.code == grpc.StatusCode.PERMISSION_DENIED and is_chinese(forbidden.chinese)


def test_a_retry_with_the_same_request_id_gets_the_same_answer(street):
    """One effect, the same bytes; another body under the same id is refused."""
    order = street.issue()
    department = street.department
    request = orders.SignAssignmentRequest(name=order, request_id=new_id())
    first = department.call(department.assignments.SignAssignment, request)
    again = department.call(department.assignments.SignAssignment, request)
    assert first.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
    other = orders.SignAssignmentRequest(name=street.issue(), request_id=request.request_id)
    reused = refused(department, department.assignments.SignAssignment, other)
    assert (reused.code, reused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def test_a_reader_that_lost_its_connection_misses_nothing(street):
    """Acknowledged stays acknowledged, the rest comes again in order, over a restart of the server too."""
    department = street.department
    group = f"resume-{uuid.uuid4().hex[:8]}"
    expected = [street.issue() for _ in range(3)]
    with department.follow(group, kinds=["assignment_offered"]) as stream:
        frames = stream.events()
        got = [next(it for it in frames if it.event.facts.assignment == expected[0])]
        stream.ack(got[0].cursor)
        unprocessed = next(frames)
    street.restart()
    department = street.department
    expected.append(street.issue())
    with department.follow(group, cursor=got[0].cursor, kinds=["assignment_offered"]) as stream:
        frames = stream.events()
        got += [next(frames) for _ in expected[1:]]
        stream.ack(got[-1].cursor)
    assert [it.event.facts.assignment for it in got] == expected
    assert got[1].event.id == unprocessed.event.id, "the event that was not acknowledged comes first"
    positions = [it.event.position for it in got]
    assert positions == sorted(set(positions))


def test_a_list_and_the_inbox_after_it_leave_no_gap(street):
    """The first page's cursor: everything listed came before it, everything later comes after it."""
    department = street.department
    known = street.issue()
    page = department.call(
        department.assignments.ListAssignments, orders.ListAssignmentsRequest(page_size=1, filter="state = OFFERED")
    )
    assert [it.name for it in page.assignments] == [known], "newest first"
    later = street.issue()
    with department.follow(f"list-{uuid.uuid4().hex[:8]}", cursor=page.inbox_cursor) as stream:
        news = [next(stream.events()).event, next(stream.events()).event]
    assert {it.aggregate for it in news} == {task_of(later)}, "nothing of the listed order comes again"
    assert later in [it.facts.assignment for it in news]


def test_pulling_finds_what_streaming_finds(street):
    """The unary twin, page by page with its acks, for systems that cannot hold a stream."""
    department = street.department
    expected = [street.issue() for _ in range(3)]
    group, pulled, ack = f"pull-{uuid.uuid4().hex[:8]}", [], ""
    while True:
        request = inboxes.PullInboxRequest(group=group, ack_through=ack, max_events=2)
        page = department.call(department.inbox.PullInbox, request)
        if not page.events:
            break
        pulled += page.events
        ack = page.events[-1].cursor
    assert page.backlog == 0 and page.acked_through == ack
    with department.follow(f"{group}-s", max_outstanding=1000) as stream:
        frames = stream.events()
        streamed = [next(frames).event.id for _ in pulled]
    assert [it.event.id for it in pulled] == streamed
    offered = [it.event.facts.assignment for it in pulled if it.event.WhichOneof("payload") == "assignment_offered"]
    assert offered[-3:] == expected

    foreign = inboxes.PullInboxRequest(group=group, cursor=ack)
    assert refused(street.stranger, street.stranger.inbox.PullInbox, foreign).reason == "CURSOR_FOREIGN"
    malformed = inboxes.PullInboxRequest(group=group, cursor="no cursor")
    assert refused(department, department.inbox.PullInbox, malformed).reason == "CURSOR_MALFORMED"


def refused(caller, method, request):
    """Calls, expects a refusal, and reads it."""
    with pytest.raises(grpc.RpcError) as error:
        caller.call(method, request)
    return refusal(error.value)


def task_of(assignment: str) -> str:
    """The task an assignment belongs to."""
    return assignment.rpartition("/assignments/")[0]


def new_id() -> str:
    """A request id."""
    return str(uuid.uuid4())


def is_chinese(text: str) -> bool:
    """Whether people who read Chinese can read it."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
