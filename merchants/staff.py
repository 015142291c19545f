"""The groups of those who run the platform, as data (`data/staff.toml`)."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from merchants.roles import DATA


@transaction.atomic
def prepare_groups() -> list[str]:
    """Give every shipped group exactly the permissions of its row; returns the groups' names."""
    table = tomllib.loads((DATA / "staff.toml").read_text("utf-8"))
    permissions = list(Permission.objects.select_related("content_type"))
    for name, row in table.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(
            one for one in permissions if any(_matches(one, line) for line in row["may"])
        )
    return sorted(table)


def _matches(permission: Permission, line: str) -> bool:
    verb, _, pattern = line.partition(" ")
    kind = permission.content_type
    own = f"{verb}_{kind.model}" == permission.codename
    return own and fnmatchcase(f"{kind.app_label}.{kind.model}", pattern)
