"""A class, from its plan to its end, against a running server: one line a step.

Takes AZURE_AUTHORITY_HOST, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_SUBSCRIPTION_ID, and
optionally LECTERN_CA (a certificate to trust) and LECTERN_API_VERSION. Exits with 0 only if all is as expected, and
removes what it made, whatever happens.
"""

import json
import os
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity import EnvironmentCredential
from azure.mgmt.labservices import ManagedLabsClient, models

from choose import linux_image, smallest_sku

SEATS = 5


class Surprise(Exception):
    """Something is not as it should be."""


def expect(condition, what):
    if not condition:
        raise Surprise(what)


@contextmanager
def step(what):
    """A step of the story; it adds what it found out to the list."""
    found, began = [], time.monotonic()
    try:
        yield found
    except Exception as problem:
        print(f"FAILED  {what}: {type(problem).__name__}: {problem}", flush=True)
        raise
    took = time.monotonic() - began
    print(f"ok      {what}{': ' if found else ''}{', '.join(found)} ({took:.1f} s)", flush=True)


class Class:
    """A lab with its plan, in a resource group of its own."""

    def __init__(self, client):
        self.client = client
        tail = uuid.uuid4().hex[:6]
        self.group, self.plan, self.lab = f"story-{tail}", f"plan-{tail}", f"story-{tail}"

    def play(self):
        self.make_plan()
        self.make_lab()
        self.publish()
        self.add_people()
        self.start()
        self.stop()
        self.reimage()
        self.come_back()

    def make_plan(self):
        with step("a lab plan is made") as found:
            plan = models.LabPlan(
                location="local",
                default_connection_profile=models.ConnectionProfile(web_ssh_access="Public"),
                support_info=models.SupportInfo(email="help@school.example"),
            )
            made = self.client.lab_plans.begin_create_or_update(self.group, self.plan, plan).result()
            expect(made.provisioning_state == "Succeeded", f"the plan is {made.provisioning_state}")
            found.append(made.name)
            self.plan_id = made.id
        with step("an image and a size are chosen") as found:
            images = list(self.client.images.list_by_lab_plan(self.group, self.plan))
            self.image = linux_image(images)
            expect(self.image, f"no Linux image is enabled among {[i.name for i in images]}")
            self.sku = smallest_sku(self.client.skus.list())
            found += [self.image.name, self.sku.name]

    def make_lab(self):
        with step("a lab is made with its template") as found:
            profile = models.VirtualMachineProfile(
                create_option="TemplateVM",
                image_reference=models.ImageReference(id=self.image.id),
                sku=models.Sku(name=self.sku.name, capacity=SEATS),
                usage_quota=timedelta(hours=10),
                admin_user=models.Credentials(username="student", password=f"Aa1-{uuid.uuid4().hex}"),
            )
            lab = models.Lab(
                location="local",
                title="A story",
                lab_plan_id=self.plan_id,
                auto_shutdown_profile=models.AutoShutdownProfile(),
                connection_profile=models.ConnectionProfile(web_ssh_access="Public"),
                security_profile=models.SecurityProfile(open_access="Disabled"),
                virtual_machine_profile=profile,
            )
            made = self.client.labs.begin_create_or_update(self.group, self.lab, lab).result()
            expect((made.state, made.provisioning_state) == ("Draft", "Succeeded"), f"{made.state}")
            expect(made.virtual_machine_profile.admin_user.password is None, "a password was returned")
            template = self.client.virtual_machines.get(self.group, self.lab, "template")
            expect(template.vm_type == "Template", f"the template is a {template.vm_type}")
            found.append(made.name)

    def publish(self):
        with step(f"the lab is published for {SEATS}") as found:
            self.client.labs.begin_publish(self.group, self.lab).result()
            lab = self.client.labs.get(self.group, self.lab)
            expect(lab.state == "Published", f"the lab is {lab.state}")
            seats = self.seats()
            expect(len({s.name for s in seats}) == SEATS, f"there are {len(seats)} machines")
            expect(all(s.state == "Stopped" for s in seats), f"they are {[s.state for s in seats]}")
            found += [s.name for s in seats]

    def add_people(self):
        with step("people are put on the list") as found:
            for who in ("ann", "ben", "eve"):
                user = models.User(email=f"{who}@school.example", additional_usage_quota=timedelta(hours=1))
                made = self.client.users.begin_create_or_update(self.group, self.lab, who, user).result()
                expect(made.registration_state == "NotRegistered", f"{who} is {made.registration_state}")
                found.append(made.email)
            listed = {u.name for u in self.client.users.list_by_lab(self.group, self.lab)}
            expect(listed == {"ann", "ben", "eve"}, f"the list has {sorted(listed)}")

    def start(self):
        with step("all machines start at once") as found:
            self.each("start")
            seats = self.seats()
            expect(all(s.state == "Running" for s in seats), f"they are {[s.state for s in seats]}")
            found += self.addresses()

    def stop(self):
        with step("all machines stop"):
            self.each("stop")
            seats = self.seats()
            expect(all(s.state == "Stopped" for s in seats), f"they are {[s.state for s in seats]}")

    def reimage(self):
        with step("a machine is made anew") as found:
            seat = self.seats()[0]
            self.client.virtual_machines.begin_reimage(self.group, self.lab, seat.name).result()
            seats = self.seats()
            expect(len(seats) == SEATS, f"there are {len(seats)} machines")
            expect(all(s.state == "Stopped" for s in seats), f"they are {[s.state for s in seats]}")
            found.append(seat.name)

    def remove(self):
        """Deletes what there is, and makes sure that nothing is left."""
        with step("everything is deleted"):
            # The plan goes even where the lab does not.
            try:
                self.client.labs.begin_delete(self.group, self.lab).result()
                self.empty_bin()
            finally:
                self.client.lab_plans.begin_delete(self.group, self.plan).result()
            for get, name in ((self.client.labs.get, self.lab), (self.client.lab_plans.get, self.plan)):
                try:
                    get(self.group, name)
                except ResourceNotFoundError:
                    continue
                raise Surprise(f"{name} is still there")

    def come_back(self):
        with step("the lab is deleted, and comes back as it was"):
            before = {s.name for s in self.seats()}
            self.client.labs.begin_delete(self.group, self.lab).result()
            self.own("POST", f"deletedLabs/{self.in_bin()}/restore")
            expect({s.name for s in self.seats()} == before, "it has other machines")
            users = {u.name for u in self.client.users.list_by_lab(self.group, self.lab)}
            expect(users == {"ann", "ben", "eve"}, f"the list has {sorted(users)}")

    def empty_bin(self):
        """Removes the lab from the bin; its machines are gone once it is said to be done."""
        headers, _ = self.own("DELETE", f"deletedLabs/{self.in_bin()}")
        while True:
            _, told = self.ask("GET", headers["Azure-AsyncOperation"])
            if told["status"] != "InProgress":
                expect(told["status"] == "Succeeded", f"removing it came to {told}")
                return
            time.sleep(1)

    def in_bin(self):
        """The lab's name in the bin."""
        _, deleted = self.own("GET", "deletedLabs")
        here = f"/resourceGroups/{self.group}/".lower()
        return next(d["name"] for d in deleted["value"] if here in d["properties"]["labId"].lower())

    def own(self, method, rest):
        """A request to Lectern's own provider, which the SDK does not know; the headers and the body of the answer."""
        subscription = self.client._config.subscription_id
        path = f"/subscriptions/{subscription}/providers/Lectern.Portal/{rest}"
        return self.ask(method, self.client._client.format_url(path) + "?api-version=2026-11-01")

    def ask(self, method, url):
        request = HttpRequest(method, url)
        response = self.client._client._pipeline.run(request, stream=False).http_response
        expect(response.status_code < 400, f"{method} {url}: {response.status_code} {response.text()}")
        text = response.text()
        return response.headers, json.loads(text) if text else None

    def addresses(self):
        """The addresses of the machines, which a real one has only some time after its start."""
        for _ in range(60):
            addresses = {s.connection_profile.private_ip_address for s in self.seats()} - {None, ""}
            if len(addresses) == SEATS:
                return sorted(addresses)
            time.sleep(1)
        raise Surprise(f"they have the addresses {sorted(addresses)}")

    def seats(self):
        machines = self.client.virtual_machines.list_by_lab(self.group, self.lab)
        return [m for m in machines if m.vm_type == "User"]

    def each(self, verb):
        begin = getattr(self.client.virtual_machines, f"begin_{verb}")
        for poller in [begin(self.group, self.lab, seat.name) for seat in self.seats()]:
            poller.result()


def main():
    if certificate := os.environ.get("LECTERN_CA"):
        os.environ["REQUESTS_CA_BUNDLE"] = certificate
    host = os.environ["AZURE_AUTHORITY_HOST"].rstrip("/")
    client = ManagedLabsClient(
        EnvironmentCredential(disable_instance_discovery=True),
        os.environ["AZURE_SUBSCRIPTION_ID"],
        base_url=host,
        credential_scopes=[f"{host}/.default"],
        api_version=os.environ.get("LECTERN_API_VERSION", "2023-06-07"),
        polling_interval=1,
    )
    story = Class(client)
    played = removed = False
    try:
        story.play()
        played = True
    except Exception:
        # The step has told what is wrong; what was made goes away all the same.
        pass
    finally:
        try:
            story.remove()
            removed = True
        except Exception:
            print(f"Something of the resource group {story.group} may be left.", flush=True)
    sys.exit(0 if played and removed else 1)


if __name__ == "__main__":
    main()
