"""A running street: `liandong up` on a folder of its own, and the people who call it."""

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import grpc

from liandong.dispatch.v1 import (
    assignment_pb2,
    case_course_pb2,
    case_service_pb2 as reports,
    task_pb2,
    task_service_pb2 as plans,
)
from liandong.registry.v1 import (
    authority_pb2,
    personnel_service_pb2 as personnel,
    personnel_service_pb2_grpc,
    power_service_pb2 as powers,
    power_service_pb2_grpc,
)
from liandong.type.v1 import act_pb2
from liandong_client import Caller

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = Path(os.environ.get("LIANDONG", TARGET / "debug/liandong"))
STOP_SECONDS = 30

AREA = "areas/990101001003002001"
MATTER = "matters/garbage-heap"
COORDINATOR, CHECKER, STRANGER = "he-jianfeng", "xue-yongbin", "zheng-yafang"
HANDLERS = {"organizations/sanitation": "wang-jiangang"}


class Street:
    """Who takes part: the street office that dispatches, the department that acts, the centre that checks."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process = None
        self.callers = []
        self.holder = ""

    def begin(self):
        """Starts the services and finds out who will act."""
        self.start()
        self.find_department()

    def start(self):
        """Starts every service and connects everybody."""
        ports = self.up()
        self.registry, self.dispatch = ports["registry"], ports["dispatch"]
        self.coordinator = self.caller(COORDINATOR)
        self.checker = self.caller(CHECKER)
        self.stranger = self.caller(STRANGER)
        self.anonymous = Caller(self.dispatch)
        self.callers.append(self.anonymous)
        if self.holder:
            self.department = self.caller(HANDLERS[self.holder])

    def stop(self):
        """Stops it as an operator does, and waits until it is gone."""
        for caller in self.callers:
            caller.close()
        self.callers.clear()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(STOP_SECONDS) == 0

    def restart(self):
        """Stops and starts on the same folder."""
        self.stop()
        self.start()

    def up(self) -> dict:
        """Starts `liandong up` on free ports; its first line says where the services are, once they answer."""
        with open(self.folder / "up.log", "ab") as log:
            command = [BINARY, "up", "--json", "--port-base", "0", "--data", self.folder / "data"]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
        line = self.process.stdout.readline()
        assert line, (self.folder / "up.log").read_text()
        endpoints = json.loads(line)
        return {name: endpoints[name].removeprefix("http://") for name in ("registry", "dispatch", "scoring")}

    def token(self, person: str) -> str:
        """What `liandong token` prints."""
        command = [BINARY, "token", "--as", person, "--data", self.folder / "data"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def caller(self, person: str) -> Caller:
        """Somebody who may log in, with a token of the development issuer."""
        caller = Caller(self.dispatch, self.token(person))
        self.callers.append(caller)
        return caller

    def find_department(self):
        """Asks the registry who may fine for the matter here, and which two officers it could send."""
        with grpc.insecure_channel(self.registry, options=[("grpc.enable_http_proxy", 0)]) as channel:
            power = power_service_pb2_grpc.PowerServiceStub(channel)
            question = authority_pb2.ResolveAuthorityRequest(matter=MATTER, area=AREA, act=act_pb2.ACT_PENALISE)
            authority = self.coordinator.call(power.ResolveAuthority, question).authority
            assert authority.outcome == authority_pb2.AUTHORITY_OUTCOME_RESOLVED, authority
            self.holder = authority.holders[0].organization
            people = personnel_service_pb2_grpc.PersonnelServiceStub(channel)
            listed = personnel.ListOfficersRequest(filter=f'organization = "{self.holder}"', page_size=500)
            names = [it.name for it in self.coordinator.call(people.ListOfficers, listed).officers]
            asked = personnel.CheckOfficersRequest(officers=names, organization=self.holder)
            asked.start_time.GetCurrentTime()
            checks = self.coordinator.call(people.CheckOfficers, asked).checks
        self.able = [it.officer for it in checks if it.may_enforce]
        self.officers = self.able[:2]
        self.department = self.caller(HANDLERS[self.holder])

    def issue(self, act=act_pb2.ACT_PENALISE) -> str:
        """Reports, verifies and files a case, plans a task for the department, issues it; the assignment's name."""
        street, request_id = self.coordinator, lambda: str(uuid.uuid4())
        report = reports.ReportCaseRequest(
            source=case_course_pb2.CASE_SOURCE_PATROL,
            title="后巷垃圾堆放",
            description="约两立方米",
            area=AREA,
            request_id=request_id(),
        )
        case = street.call(street.cases.ReportCase, report).case.name
        street.call(
            street.cases.VerifyCase,
            reports.VerifyCaseRequest(name=case, exists=True, note="属实", request_id=request_id()),
        )
        condition = self.condition()
        street.call(
            street.cases.FileCase,
            reports.FileCaseRequest(name=case, matter=MATTER, condition=condition, request_id=request_id()),
        )
        lead = task_pb2.Participant(
            organization=self.holder,
            role=assignment_pb2.ROLE_LEAD,
            act=act,
            duty="清理并依法查处",
            checker="organizations/supervision-centre",
        )
        plan = plans.PlanTaskRequest(
            cases=[case], plan="两日内清理，查明责任人", participants=[lead], request_id=request_id()
        )
        task = street.call(street.tasks.PlanTask, plan).task.name
        issued = street.call(street.tasks.IssueTask, plans.IssueTaskRequest(name=task, request_id=request_id())).task
        return issued.assignments[0].name

    def condition(self) -> str:
        """The first filing condition of the matter."""
        with grpc.insecure_channel(self.registry, options=[("grpc.enable_http_proxy", 0)]) as channel:
            power = power_service_pb2_grpc.PowerServiceStub(channel)
            return self.coordinator.call(power.GetMatter, powers.GetMatterRequest(name=MATTER)).matter.conditions[0].id
