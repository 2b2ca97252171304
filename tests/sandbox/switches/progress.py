"""Switches of what happens by itself: controllers, quotas, addresses, definitions."""

from __future__ import annotations

from helmlite.sandbox.controllers import deployments
from tests.contract import (
    test_admission,
    test_crds,
    test_custom_objects,
    test_disruption,
    test_garbage,
    test_jobs,
    test_namespaces,
    test_network,
    test_objects,
    test_pods,
    test_quotas,
    test_statefulsets,
    test_volumes,
    test_workloads,
)
from tests.sandbox.switches.switch import Switch, always, becomes, is_always

ENDING = {
    "finalizers do not hold": Switch("writes:_is_held", always(False), test_objects.test_a_finalizer_keeps_an_object),
    "dependents are forgotten": Switch(
        "controllers.garbage:_collect", always(None), test_garbage.test_dependents_follow
    ),
    "nothing blocks an owner": Switch(
        "controllers.garbage:_blocks", always(False), test_garbage.test_foreground_waits_for_those_that_block
    ),
    "orphans keep their owner": Switch(
        "controllers.garbage:_without_owners",
        always(None),
        test_garbage.test_orphans_stay,
        {"asked": {"propagationPolicy": "Orphan"}},
    ),
    "namespaces do not end": Switch(
        "controllers.namespaces:is_leaving", always(False), test_namespaces.test_an_end_comes
    ),
    "ending namespaces take more": Switch(
        "admission:_check_place", always(None), test_namespaces.test_an_ending_one_takes_nothing
    ),
}
WORKING = {
    "rollouts leave too few": Switch(
        "controllers.deployments:_Rollout.limits",
        lambda _: property(lambda rollout: (0, rollout.replicas)),
        test_workloads.test_a_failing_rollout_keeps_the_old_pods,
    ),
    "old templates are kept": Switch(
        "controllers.deployments:_prune", always(None), test_workloads.test_old_replicasets_are_pruned
    ),
    "pauses are not heeded": Switch(
        "controllers.deployments:_scale_paused",
        lambda _: deployments._roll,
        test_workloads.test_a_paused_deployment_rolls_nothing_out,
    ),
    "sets have no order": Switch(
        "controllers.stateful:_Set.in_order", is_always(False), test_statefulsets.test_a_statefulset_starts_in_order
    ),
    "sets always roll": Switch(
        "controllers.stateful:_Set.rolls", is_always(True), test_statefulsets.test_pods_may_be_updated_when_deleted
    ),
    "no node is wanted": Switch(
        "controllers.daemons:_wants", always(False), test_workloads.test_a_daemonset_runs_on_the_node
    ),
    "jobs do not finish": Switch("controllers.jobs:_finish", always(None), test_jobs.test_a_job_completes),
    "jobs are not suspended": Switch(
        "controllers.jobs:_suspend", always(""), test_jobs.test_a_suspended_job_runs_nothing
    ),
    "all nodes fit": Switch(
        "controllers.scheduler:fits",
        always(True),
        test_pods.test_a_pod_may_suit_no_node,
        {
            "spec": {"nodeSelector": {"disk": "fast"}},
            "said": f"1 node(s) didn't match Pod's node affinity/selector. {test_pods.HELP}",
        },
    ),
    "nodes have no end of room": Switch(
        "controllers.scheduler:_lacking",
        always(()),
        test_pods.test_a_pod_may_suit_no_node,
        {"spec": test_pods.asks(cpu="100"), "said": f"1 Insufficient cpu. {test_pods.HELP}"},
    ),
    "pods do not fail": Switch(
        "controllers.pods:ORDERS",
        becomes({}),
        test_pods.test_a_pod_fails_as_ordered,
        {"order": "crash-loop", "expected": ("Running", ("waiting", "CrashLoopBackOff"), 3)},
    ),
    "nothing is told": Switch(
        "progress:InnerClient.event", always(None), test_workloads.test_scaling_is_told_by_events
    ),
    "budgets ask for none": Switch(
        "controllers.disruption:share",
        always(0),
        test_disruption.test_a_budget_counts,
        {"spec": {"minAvailable": 1}, "desired": 1, "allowed": 2},
    ),
}
PROVIDING = {
    "quotas refuse nothing": Switch(
        "admission:_check_quotas",
        always(None),
        test_quotas.test_objects_are_counted,
        {"hard": "secrets", "plural": "secrets"},
    ),
    "quotas do not count all": Switch(
        "usage:of_object",
        lambda real: lambda *args: {key: used for key, used in real(*args).items() if key != "configmaps"},
        test_quotas.test_creating_counts_at_once,
    ),
    "limits are not given": Switch("limits:fill", always(None), test_admission.test_limits_default),
    "addresses are given twice": Switch(
        "addresses:_address",
        lambda real: lambda service, spec, before, others: real(service, spec, before, ()),
        test_network.test_an_address_is_given_once,
    ),
    "nodes have no ports": Switch(
        "addresses:_node_ports", always(None), test_network.test_node_ports_are_given, {"type_": "NodePort"}
    ),
    "claims find no volume": Switch(
        "controllers.volumes:_find_volume", always(None), test_volumes.test_a_claim_is_bound
    ),
    "claims are not in use": Switch(
        "controllers.volumes:_claim_names", always([]), test_volumes.test_a_claim_in_use_stays
    ),
    "services have no slices": Switch(
        "controllers.network:_write_slices", always(None), test_network.test_a_ready_pod_is_reached
    ),
}
DEFINING = {
    "definitions make no kinds": Switch("api:ApiServer._serve", always(None), test_crds.test_objects_are_stored),
    "names are always free": Switch("custom:_taken", always({}), test_crds.test_a_taken_kind),
    "definitions may change": Switch(
        "definitions:_IMMUTABLE", becomes(()), test_crds.test_what_cannot_change, {"path": "scope", "value": "Cluster"}
    ),
    "schemas have no defaults": Switch(
        "custom:fill", always(None), test_custom_objects.test_what_becomes_of_a_value, {"spec": {}, "expected": {}}
    ),
    "schemas know all fields": Switch(
        "strict:pruned",
        lambda _: lambda node, body: body,
        test_custom_objects.test_what_becomes_of_a_value,
        {"spec": {"unknown": 1}, "expected": {}},
    ),
    "schemas refuse nothing": Switch(
        "custom:causes",
        always([]),
        test_custom_objects.test_a_value_that_breaks_a_rule,
        {
            "spec": {"size": 11},
            "field": "spec.size",
            "reason": "Invalid",
            "message": "Invalid value: 11: {} in body should be less than or equal to 10",
        },
    ),
}
