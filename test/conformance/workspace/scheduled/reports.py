"""Launch plans with schedules, as flytekit's users write them."""

import datetime

from flytekit import CronSchedule, FixedRate, LaunchPlan, task, workflow


@task
def day_of(kickoff: datetime.datetime) -> datetime.datetime:
    return kickoff


@workflow
def report(kickoff: datetime.datetime) -> datetime.datetime:
    return day_of(kickoff=kickoff)


@workflow
def usual(kickoff: datetime.datetime = datetime.datetime(2020, 1, 1)) -> datetime.datetime:
    return day_of(kickoff=kickoff)


minutely = LaunchPlan.get_or_create(
    workflow=report,
    name="minutely",
    schedule=CronSchedule(schedule="*/1 * * * *", kickoff_time_input_arg="kickoff"),
    auto_activate=True,
)
rate = LaunchPlan.get_or_create(
    workflow=report,
    name="rate",
    schedule=FixedRate(duration=datetime.timedelta(minutes=1), kickoff_time_input_arg="kickoff"),
)
plain_rate = LaunchPlan.get_or_create(
    workflow=usual,
    name="plain-rate",
    schedule=FixedRate(duration=datetime.timedelta(minutes=1)),
)
offset = LaunchPlan.get_or_create(
    workflow=report,
    name="offset",
    schedule=CronSchedule(schedule="@daily", offset="PT1H", kickoff_time_input_arg="kickoff"),
)
