"""Request bodies: a lab, a plan, a user, a schedule, as a school would write them."""

import uuid
from datetime import datetime, timedelta

from azure.mgmt.labservices import models

# Whatever password is sent, it is this one, so that a response that holds it is noticed.
PASSWORD = "Correct-Horse-29"


def fresh(what):
    """A name that nothing else has."""
    return f"{what}-{uuid.uuid4().hex[:10]}"


def address(who="ann"):
    """An e-mail address that nobody else has."""
    return f"{fresh(who)}@school.example"


class Bodies:
    """Bodies for one installation: its plan, its smallest size, its Linux image."""

    def __init__(self, plan_id, sku, image_id):
        self.plan_id = plan_id
        self.sku = sku
        self.image_id = image_id

    def lab(self, *, capacity=2, option="TemplateVM", quota=timedelta(hours=10), group_id=None, **changes):
        """A lab; `changes` are more of its properties."""
        return models.Lab(
            **{
                "location": "local",
                "title": "Operating systems",
                "description": "Processes, files and a shell.",
                "lab_plan_id": self.plan_id,
                "auto_shutdown_profile": models.AutoShutdownProfile(),
                "connection_profile": models.ConnectionProfile(client_ssh_access="Public"),
                "security_profile": models.SecurityProfile(open_access="Disabled"),
                "roster_profile": models.RosterProfile(active_directory_group_id=group_id) if group_id else None,
                "virtual_machine_profile": models.VirtualMachineProfile(
                    create_option=option,
                    image_reference=models.ImageReference(id=self.image_id),
                    sku=models.Sku(name=self.sku, capacity=capacity),
                    usage_quota=quota,
                    admin_user=models.Credentials(username="student", password=PASSWORD),
                ),
            }
            | changes
        )

    def lab_json(self, **changes):
        """The same as JSON, to take apart."""
        return self.lab(**changes).serialize()

    def scaled(self, lab, capacity):
        """What asks an existing lab for another number of machines. Passwords are write-only, so there is none."""
        profile = lab.virtual_machine_profile
        return models.LabUpdate(
            virtual_machine_profile=models.VirtualMachineProfile(
                create_option=profile.create_option,
                image_reference=profile.image_reference,
                sku=models.Sku(name=profile.sku.name, capacity=capacity),
                usage_quota=profile.usage_quota,
                admin_user=models.Credentials(username=profile.admin_user.username),
            )
        )


def plan(**changes):
    """A lab plan with something in every part."""
    return models.LabPlan(
        **{
            "location": "local",
            "tags": {"term": "autumn"},
            "default_connection_profile": models.ConnectionProfile(client_ssh_access="Public", web_ssh_access="Public"),
            "default_auto_shutdown_profile": models.AutoShutdownProfile(
                shutdown_on_disconnect="Enabled",
                disconnect_delay=timedelta(minutes=5),
                shutdown_when_not_connected="Enabled",
                no_connect_delay=timedelta(minutes=15),
                shutdown_on_idle="LowUsage",
                idle_delay=timedelta(minutes=20),
            ),
            "allowed_regions": ["local"],
            "support_info": models.SupportInfo(
                url="https://help.school.example",
                email="help@school.example",
                phone="+1-202-555-0123",
                instructions="Room 12, every day.",
            ),
        }
        | changes
    )


def schedule(**changes):
    """A class on Mondays and Wednesdays from nine to eleven, for four months from next week on."""
    day = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=7)
    return models.Schedule(
        **{
            "start_at": day,
            "stop_at": day + timedelta(hours=2),
            "time_zone_id": "Europe/Berlin",
            "notes": "Bring a keyboard.",
            "recurrence_pattern": models.RecurrencePattern(
                frequency="Weekly",
                week_days=["Monday", "Wednesday"],
                interval=1,
                expiration_date=day + timedelta(days=120),
            ),
        }
        | changes
    )


def user(email=None, **changes):
    """A person for a lab's list."""
    return models.User(**{"email": email or address()} | changes)


def set_in(body, path, value):
    """Sets what `path` names in a body."""
    *parents, last = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[last] = value
