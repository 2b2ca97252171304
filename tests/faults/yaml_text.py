"""Templates that render, but to no YAML, or to no Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import BODY_CALLED, PROBE_INCLUDED, Edit, Fault, Spot, in_called_body, in_included_probe

API = "templates/api.yaml.j2"
NAMES = "templates/_names.j2"
REDIS = "templates/redis.yaml.j2"
SETTINGS = "templates/settings.yaml.j2"
WEB = "templates/web.yaml.j2"
WORKER = "templates/worker.yaml.j2"

FAULTS: Mapping[str, Fault] = {
    "indented too little": Fault(
        chart="shop", edits=[Edit(file=WEB, old="          imagePullPolicy:", new="         §imagePullPolicy:")]
    ),
    "indented too much": Fault(
        chart="shop",
        edits=[Edit(file=REDIS, old="    type: Recreate\n", new="    type: Recreate\n      §rollingUpdate: null\n")],
    ),
    "key twice": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WORKER, old="          envFrom:\n", new="          §imagePullPolicy: Always\n          envFrom:\n"
            )
        ],
        tells="imagePullPolicy",
    ),
    "key twice after a loop and trimmed blocks": Fault(
        chart="shop",
        edits=[
            Edit(
                file=SETTINGS,
                old="---\n",
                new="{% for n in range(7) %}\n{% if n != 3 %}\n  A_{{ n }}: x\n{% endif %}\n{% endfor %}\n"
                '  {%- if true %}\n\n  B: "1"\n{%- endif %}\n\n  §A_5: y\n---\n',
            )
        ],
        tells="A_5",
    ),
    "tab": Fault(
        chart="shop", edits=[Edit(file=API, old="              port: http\n", new="§\t\t\t\t\t\t\tport: http\n")]
    ),
    "unclosed bracket": Fault(
        chart="shop",
        edits=[Edit(file=REDIS, old='[--save, "", --appendonly, "no"]', new='§[--save, "", --appendonly, "no"')],
    ),
    "unclosed bracket with an expression in it": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/postgresql.yaml.j2",
                old="          volumeMounts:\n",
                new="          args: §[-c, {{ values.postgresql.user }}\n          volumeMounts:\n",
            )
        ],
    ),
    "unclosed quote": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="              path: /\n", new='              path: §"/\n')],
    ),
    "alias of nothing": Fault(
        chart="hello",
        edits=[
            Edit(
                file=WEB,
                old="          readinessProbe:\n",
                new="          lifecycle: §*default\n          readinessProbe:\n",
            )
        ],
        tells="default",
    ),
    "no colon, after an expression that gives several lines": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="\ndata:\n", new="\n§data\n")],
    ),
    "in the third document": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="      targetPort: http", new="      targetPort: http\n     §protocol: TCP")],
    ),
    "value written raw": Fault(
        chart="hello",
        edits=[
            Edit(
                file=WEB,
                old="      annotations:\n",
                new="      annotations:\n        note: §{{ values.greeting | raw }}\n",
            )
        ],
        value="greeting",
        flags=["--set", "greeting=now: then: never"],
    ),
    "in a macro": Fault(
        chart="shop",
        edits=[Edit(file=NAMES, old="      targetPort: {{ target }}\n", new="      §port: {{ settings.port }}\n")],
        through=[Spot(file=API, text='shop.service("api"')],
        tells="port",
    ),
    "in a macro that a macro calls": Fault(
        chart="shop",
        edits=[
            Edit(
                file=NAMES,
                old="app.kubernetes.io/component: {{ part }}",
                new="app.kubernetes.io/component: {{ part }}\n§app.kubernetes.io/name: {{ part }}",
            )
        ],
        through=[Spot(file=API, text='shop.labels("api")'), Spot(file=NAMES, text="{{ selector(part) }}")],
        tells="app.kubernetes.io/name",
    ),
    "in an included file": Fault(
        chart="shop",
        edits=in_included_probe("{# Asks. #}\nhttpGet:\n  path: /\n   §port: http\n"),
        through=PROBE_INCLUDED,
    ),
    "in the body of a call": Fault(
        chart="shop",
        edits=in_called_body("tty: true\nstdin: true\n§tty: false\n"),
        through=BODY_CALLED,
        tells="tty",
    ),
    "in a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[
            Edit(
                file="charts/hello/templates/web.yaml.j2",
                old="            - name: page\n",
                new="            - name: §page: 1\n",
            )
        ],
    ),
    "label that is a number": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="    helm.sh/chart:", new="    §generation: 3\n    helm.sh/chart:")],
        tells="generation",
    ),
    "label that is a number, of a macro": Fault(
        chart="hello",
        edits=[
            Edit(
                file="templates/_names.j2",
                old="app.kubernetes.io/instance",
                new="replicas: §{{ values.replicas }}\napp.kubernetes.io/instance",
            )
        ],
        through=[Spot(file=WEB, text="{{ names.labels()")],
        value="replicas",
        mine="replicas: 4\n",
    ),
    "object without a kind": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="kind: ConfigMap\n", new="")],
        at=Spot(file=SETTINGS, text="apiVersion: v1\n"),
        tells="kind",
    ),
    "key twice in an included file with many branches": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="templates/_server-pod.j2",
                old="{% if values.imagePullSecrets %}",
                new="  §enableServiceLinks: false\n{% if values.imagePullSecrets %}",
            )
        ],
        through=[Spot(file="templates/server.yaml.j2", text='{% include "_server-pod.j2" %}')],
        tells="enableServiceLinks",
    ),
    "key twice in a macro of a library chart": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="charts/common/templates/_pods.j2",
                old='{{ filled(settings, ["selector", "volumeName"]) }}\n',
                new='{{ filled(settings, ["selector", "volumeName"]) }}\n§accessModes: []\n',
            )
        ],
        through=[
            Spot(
                file="charts/alertmanager/templates/statefulset.yaml.j2",
                text="spec: {{ pods.claim(values.persistence) }}",
            )
        ],
        tells="accessModes",
    ),
    "no colon, above an expression": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="spec:\n  replicas:", new="§spec\n  replicas:")],
        tells="':'",
    ),
    "no colon, above a literal": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="            httpGet:\n", new="            §httpGet\n")],
        tells="no `:`",
    ),
    "unclosed quote above an expression in quotes": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="kind: ConfigMap\n", new='kind: §"ConfigMap\n')],
    ),
    "unclosed quote in a macro above an expression in quotes": Fault(
        chart="shop",
        edits=[
            Edit(file=NAMES, old="helm.sh/chart: {{", new='helm.sh/chart: §"{{'),
        ],
        through=[Spot(file="templates/ingress.yaml.j2", text='shop.labels("web")')],
    ),
}
