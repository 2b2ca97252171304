"""Values that break the rules of a values.schema.json: the values' own place is told, and what they overrode."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import Edit, Fault

VALUES = "values.yaml"

FAULTS: Mapping[str, Fault] = {
    "number too large in the chart's values": Fault(
        chart="shop",
        edits=[Edit(file=VALUES, old="worker:\n  replicas: 1", new="worker:\n  replicas: 2000")],
        value="worker.replicas",
    ),
    "text for a number in a file": Fault(
        chart="shop", mine='api:\n  logLevel: warn\n\nweb:\n  # three\n  replicas: "3"\n', value="web.replicas"
    ),
    "word that is none of those allowed, by a flag": Fault(
        chart="shop", flags=["--set", "image.pullPolicy=Sometimes"], value="image.pullPolicy"
    ),
    "flag over a file over the chart's": Fault(
        chart="shop",
        mine="api:\n  service:\n    port: 8081\n",
        flags=["--set", "api.service.port=80000"],
        value="api.service.port",
    ),
    "pattern broken by a flag for text": Fault(
        chart="shop", flags=["--set-string", "image.tag=a b"], value="image.tag"
    ),
    "item of a list, by JSON": Fault(
        chart="shop", flags=["--set-json", 'worker.queues=["orders", 2]'], value="worker.queues[1]"
    ),
    "item of a list in a file": Fault(
        chart="shop", mine="worker:\n  queues:\n    - orders\n    - 17\n", value="worker.queues[1]"
    ),
    "empty text": Fault(
        chart="hello",
        edits=[Edit(file=VALUES, old="repository: nginxinc/nginx-unprivileged", new='repository: ""')],
        value="image.repository",
    ),
    "mapping for text": Fault(chart="hello", mine="greeting:\n  text: hi\n", value="greeting"),
    "what is needed with another value": Fault(
        chart="shop", flags=["--set", "redis.service.type=ExternalName"], value="redis.service.externalName"
    ),
    "annotation that is a number": Fault(
        chart="shop", mine="web:\n  podAnnotations:\n    a: b\n    c: 1\n", value="web.podAnnotations.c"
    ),
    "in a subchart's values": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[Edit(file="charts/hello/values.yaml", old="replicas: 1", new="replicas: many")],
        value="hello.replicas",
    ),
    "for a subchart, in a file": Fault(
        chart="shop",
        subcharts=["hello"],
        mine="web:\n  replicas: 3\nhello:\n  service:\n    port: 0\n",
        value="hello.service.port",
    ),
    "for a subchart, by a flag over its parent's values": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[Edit(file=VALUES, old="redis:\n", new="hello:\n  service:\n    type: NodePort\n\nredis:\n")],
        flags=["--set", "hello.service.type=Node"],
        value="hello.service.type",
    ),
    "port, by a file over the chart's": Fault(
        chart="ingress-nginx",
        mine="controller:\n  metrics:\n    port: 100000\n",
        value="controller.metrics.port",
    ),
    "for a subchart, by a flag over a file over its own": Fault(
        chart="prometheus",
        mine="alertmanager:\n  service:\n    port: 9094\n    type: NodePort\n",
        flags=["--set", "alertmanager.service.type=Local"],
        value="alertmanager.service.type",
    ),
}
