"""Objects that an API server refuses."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import BODY_CALLED, PROBE_INCLUDED, Edit, Fault, Spot, in_called_body, in_included_probe

NAMES = "templates/_names.j2"
REDIS = "templates/redis.yaml.j2"
SETTINGS = "templates/settings.yaml.j2"
WEB = "templates/web.yaml.j2"
WORKER = "templates/worker.yaml.j2"
UNCHECKED = "--skip-schema-validation"

FAULTS: Mapping[str, Fault] = {
    "negative number": Fault(chart="shop", edits=[Edit(file=REDIS, old="replicas: 1", new="§replicas: -1")]),
    "negative number by a flag": Fault(
        chart="shop",
        flags=["--set", "web.replicas=-1", UNCHECKED],
        at=Spot(file=WEB, text="{{ values.web.replicas }}"),
        value="web.replicas",
    ),
    "unknown field": Fault(
        chart="shop", edits=[Edit(file=REDIS, old="  strategy:\n", new="  §replcas: 2\n  strategy:\n")], tells="replcas"
    ),
    "unknown field of a container": Fault(
        chart="shop",
        edits=[
            Edit(file=WORKER, old="          envFrom:\n", new="          §pullPolicy: Always\n          envFrom:\n")
        ],
        tells="pullPolicy",
    ),
    "text for a number": Fault(
        chart="shop", edits=[Edit(file=WORKER, old="{{ values.worker.replicas }}", new='§"two"')]
    ),
    "number for text": Fault(
        chart="shop", edits=[Edit(file=SETTINGS, old="\ndata:\n", new="\ndata:\n  §WORKERS: 2\n")], tells="WORKERS"
    ),
    "name with a capital": Fault(
        chart="shop", edits=[Edit(file=WORKER, old='name: {{ shop.name("worker") }}', new="§name: Worker")]
    ),
    "field that must be there": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/ingress.yaml.j2",
                old="          - path: /api\n            pathType: Prefix\n",
                new="          §- path: /api\n",
            )
        ],
        tells="pathType",
    ),
    "selector that cannot be changed": Fault(
        chart="shop",
        before=[],
        edits=[
            Edit(
                file=WORKER,
                old="  selector:\n    matchLabels:\n",
                new="  §selector:\n    matchLabels:\n      track: stable\n",
            ),
            Edit(file=WORKER, old="      labels:\n", new="      labels:\n        track: stable\n"),
        ],
        tells="immutable",
    ),
    "port out of range in a macro": Fault(
        chart="shop",
        at=Spot(file=NAMES, text="{{ settings.port }}"),
        through=[Spot(file=WEB, text='shop.service("web"')],
        mine="web:\n  service:\n    port: 8080\n",
        flags=["--set", "web.service.port=70000", UNCHECKED],
        value="web.service.port",
    ),
    "label with a blank in a macro that a macro calls": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old='shop.labels("settings")', new='shop.labels("all settings")')],
        at=Spot(file=NAMES, text="component: {{ part }}"),
        through=[
            Spot(file=SETTINGS, text='shop.labels("all settings")'),
            Spot(file=NAMES, text="{{ selector(part) }}"),
        ],
    ),
    "word that is none of those allowed, in a file": Fault(
        chart="hello",
        at=Spot(file=WEB, text="{{ values.service.type }}"),
        mine="replicas: 2\nservice:\n  port: 81\n  type: Local\n",
        flags=[UNCHECKED],
        value="service.type",
    ),
    "port out of range in an included file": Fault(
        chart="shop",
        edits=in_included_probe("httpGet:\n  path: /\n  §port: 70000\n"),
        through=PROBE_INCLUDED,
    ),
    "unknown field in the body of a call": Fault(
        chart="shop",
        edits=in_called_body("tty: true\n§stdln: true\n"),
        through=BODY_CALLED,
        tells="stdln",
    ),
    "negative number in a subchart": Fault(
        chart="prometheus",
        at=Spot(file="charts/alertmanager/templates/statefulset.yaml.j2", text="{{ values.replicaCount }}"),
        mine="rbac:\n  create: false\nalertmanager:\n  replicaCount: -3\n",
        flags=[UNCHECKED],
        value="alertmanager.replicaCount",
    ),
    "kind that nobody serves": Fault(
        chart="shop",
        edits=[Edit(file=WORKER, old="kind: Deployment", new="§kind: Deploymnet")],
        tells="Deploymnet",
    ),
    "port out of range by a flag, in a macro that loops": Fault(
        chart="ingress-nginx",
        at=Spot(file="templates/services.yaml.j2", text="port: {{ settings.ports.get(scheme)"),
        through=[Spot(file="templates/services.yaml.j2", text="{{ service(names.controller(), external,")],
        flags=[
            *("--set", "controller.service.ports.https=70000", UNCHECKED),
            *("--set", "controller.ingressClassResource.enabled=false,rbac.create=false"),
        ],
        value="controller.service.ports.https",
    ),
    "negative number in a macro of a large chart": Fault(
        chart="postgresql",
        edits=[
            Edit(
                file="templates/_database.j2",
                old="  replicas: {{ replicas }}",
                new="  replicas: {{ replicas }}\n  §minReadySeconds: -1",
            )
        ],
        through=[Spot(file="templates/primary.yaml.j2", text="{{ database.stateful_set(")],
    ),
    "unknown field in the body of a call of a library chart's macro": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="charts/prometheus-node-exporter/templates/service.yaml.j2",
                old="  {{ objects.port(service.portName",
                new="  - name: other\n    port: 9200\n    §targetprot: 9200\n  {{ objects.port(service.portName",
            )
        ],
        through=[
            Spot(file="charts/prometheus-node-exporter/templates/service.yaml.j2", text="{% call objects.service("),
            Spot(file="charts/common/templates/_objects.j2", text="{{ caller() }}"),
        ],
        mine="rbac:\n  create: false\n",
        tells="targetprot",
    ),
}
