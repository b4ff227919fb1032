"""A policy pack for CrossGuard: viewers can rewind seven days at least."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

TYPE = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"
SEVEN_DAYS = 604800


def seven_days(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Numbers arrive as floats; an input that is not known yet in a preview is checked in the update."""
    if args.resource_type == TYPE and args.props["max_shift_time"] < SEVEN_DAYS:
        report_violation(f"max_shift_time is {args.props['max_shift_time']:.0f}, but must be {SEVEN_DAYS} at least.")


PolicyPack(
    "time-shift",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(
            name="seven-days", description="Viewers can rewind seven days at least.", validate=seven_days
        )
    ],
)
