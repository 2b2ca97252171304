"""Templates that ask for what is not there."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import PROBE_INCLUDED, Edit, Fault, Spot, in_included_probe

API = "templates/api.yaml.j2"
NAMES = "templates/_names.j2"
WEB = "templates/web.yaml.j2"

FAULTS: Mapping[str, Fault] = {
    "name": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="values.web.replicas", new="§value.web.replicas")],
        tells="'value'",
    ),
    "key": Fault(
        chart="shop",
        edits=[Edit(file="templates/redis.yaml.j2", old="values.redis.image", new="§values.redis.imgae")],
        tells="values.redis.imgae",
    ),
    "key below one that is not there": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/ingress.yaml.j2",
                old='- host: "{{ values.ingress.host',
                new='- host: "§{{ values.ingress.http.host',
            )
        ],
        tells="values.ingress.http",
    ),
    "key in a condition": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="{% if values.web.podAnnotations %}", new="§{% if values.web.annotations %}")],
        tells="values.web.annotations",
    ),
    "key in the second line of a condition": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/ingress.yaml.j2",
                old="{% if values.ingress.enabled %}",
                new="{% if values.ingress.enabled\n    and not §values.ingress.disabled %}",
            )
        ],
        tells="values.ingress.disabled",
    ),
    "key in a loop's list": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/worker.yaml.j2",
                old="          envFrom:\n",
                new="§{% for each in values.worker.topics %}\n{% endfor %}\n          envFrom:\n",
            )
        ],
        tells="values.worker.topics",
    ),
    "name in a loop's body": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/settings.yaml.j2",
                old="---\n",
                new="{% for queue in values.worker.queues %}\n  Q_{{ queue }}:\n    §{{ qeue }}\n{% endfor %}\n---\n",
            )
        ],
        tells="qeue",
    ),
    "key in a set tag": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/postgresql.yaml.j2",
                old="{% set storage = values.postgresql.storage %}",
                new="§{% set storage = values.postgres.storage %}",
            )
        ],
        tells="values.postgres",
    ),
    "key in a set block": Fault(
        chart="hello",
        edits=[
            Edit(
                file=WEB,
                old="apiVersion: v1\n",
                new="{% set title %}\n<h1>\n§{{ values.greting }}\n</h1>\n{% endset %}\napiVersion: v1\n",
            )
        ],
        tells="values.greting",
    ),
    "key in a filter's argument": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/settings.yaml.j2",
                old='values.worker.queues | join(",")',
                new="values.worker.queues\n    | join(\n      §values.worker.separator)",
            )
        ],
        tells="values.worker.separator",
    ),
    "key in a macro's argument on its third line": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old='shop.service("web", values.web.service, "http")',
                new='shop.service(\n  "web",\n  §values.web.services,\n  "http",\n)',
            )
        ],
        tells="values.web.services",
    ),
    "key in the second entry of a mapping": Fault(
        chart="hello",
        edits=[
            Edit(
                file=WEB,
                old="{{ values.greeting | sha256 }}",
                new='{{ {\n  "a": values.greeting,\n  "b": §values.gretting,\n} | to_json | sha256 }}',
            )
        ],
        tells="values.gretting",
    ),
    "text of a chart's facts": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="{{ chart.name }}", new="§{{ chart.appVersion }}")],
        tells="chart.appVersion",
    ),
    "included file that is not there": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="    spec:\n", new='    spec:\n      §{% include "_placement.j2" %}\n')],
        tells="_placement.j2",
    ),
    "key in a macro": Fault(
        chart="shop",
        edits=[Edit(file=NAMES, old="values.image.tag", new="§values.image.tga")],
        through=[Spot(file=API, text='shop.image("api")')],
        tells="values.image.tga",
    ),
    "key in a macro that a macro calls": Fault(
        chart="shop",
        edits=[Edit(file=NAMES, old="component: {{ part }}", new="component: §{{ prat }}")],
        through=[Spot(file=API, text='shop.labels("api")'), Spot(file=NAMES, text="{{ selector(part) }}")],
        tells="prat",
    ),
    "macro that is not there": Fault(
        chart="shop",
        edits=[Edit(file=API, old='shop.image("api")', new='§shop.imgae("api")')],
        tells="imgae",
    ),
    "key in an included file": Fault(
        chart="shop",
        edits=in_included_probe("httpGet:\n  path: /\n  port: §{{ values.web.probe.port }}\n"),
        through=PROBE_INCLUDED,
        tells="values.web.probe",
    ),
    "key in the body of a call": Fault(
        chart="shop",
        edits=[
            Edit(
                file=NAMES,
                old="{% macro host",
                new="{% macro boxed() %}\nbox:\n  {{ caller() }}\n{% endmacro %}\n\n{% macro host",
            ),
            Edit(
                file="templates/worker.yaml.j2",
                old="          resources:",
                new="          {% call shop.boxed() %}\n          size: 1\n          side: §{{ values.worker.side }}\n"
                "          {% endcall %}\n          resources:",
            ),
        ],
        through=[
            Spot(file="templates/worker.yaml.j2", text="{% call shop.boxed() %}"),
            Spot(file=NAMES, text="{{ caller() }}"),
        ],
        tells="values.worker.side",
    ),
    "parameter that is not given": Fault(
        chart="shop",
        edits=[Edit(file="templates/redis.yaml.j2", old='values.redis.service, "redis"', new="values.redis.service")],
        at=Spot(file=NAMES, text="{{ target }}"),
        through=[Spot(file="templates/redis.yaml.j2", text='shop.service("redis"')],
        tells="target",
    ),
    "key of the parent's values in a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[Edit(file="charts/hello/templates/web.yaml.j2", old="values.replicas", new="§values.web.replicas")],
        tells="values.web",
    ),
    "key in a macro of a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[Edit(file="charts/hello/templates/_names.j2", old="release.name", new="§release.nmae")],
        through=[Spot(file="charts/hello/templates/web.yaml.j2", text="{{ names.labels()")],
        tells="release.nmae",
    ),
    "file that is not there": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="data:\n", new='data:\n  style.css: §{{ files.get("style.css") }}\n')],
        tells="style.css",
    ),
    "key in a macro of another library chart's file": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="charts/common/templates/_objects.j2",
                old="labels:\n  {{ names.labels(component) }}",
                new="labels:\n  {{ names.labels(component) }}\n  part: §{{ values.component.name }}",
            )
        ],
        through=[
            Spot(
                file="charts/alertmanager/templates/access.yaml.j2",
                text="{{ objects.service_account(",
            ),
            Spot(file="charts/common/templates/_objects.j2", text="{{ metadata(name, component, annotations"),
        ],
        tells="values.component",
    ),
    "key in the body of a call in an included file": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="templates/_server-pod.j2",
                old="{% if values.configmapReload.env %}",
                new="workingDir:\n  §{{ values.configmapReload.folder }}\n{% if values.configmapReload.env %}",
            )
        ],
        through=[
            Spot(file="templates/server.yaml.j2", text='{% include "_server-pod.j2" %}'),
            Spot(file="templates/_server-pod.j2", text="{% call pods.reloader("),
            Spot(file="charts/common/templates/_pods.j2", text="{{ caller() }}"),
        ],
        tells="values.configmapReload.folder",
    ),
    "key in the fourth line of a loop's list in an included file": Fault(
        chart="ingress-nginx",
        edits=[
            Edit(
                file="templates/_arguments.j2",
                old="controller.metrics.enabled)",
                new="§controller.metric.enabled)",
            )
        ],
        through=[Spot(file="templates/controller.yaml.j2", text='{% include "_arguments.j2" %}')],
        tells="controller.metric",
    ),
}
