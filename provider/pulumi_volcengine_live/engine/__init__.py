"""Pulumi's side: the only place that knows urns, olds and news."""
