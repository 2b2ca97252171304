"""Templates that do to a value what its type does not allow."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import Edit, Fault, Spot

NAMES = "templates/_names.j2"
SETTINGS = "templates/settings.yaml.j2"
WEB = "templates/web.yaml.j2"
WORKER = "templates/worker.yaml.j2"

FAULTS: Mapping[str, Fault] = {
    "number and text": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="values.web.replicas", new='§values.web.replicas + "1"')],
        value="web.replicas",
    ),
    "number and text on the third line of a list": Fault(
        chart="hello",
        edits=[
            Edit(file=WEB, old="{{ values.service.port }}", new="{{ [\n    1,\n    §1 + values.service.type][1] }}")
        ],
        value="service.type",
        flags=["--set", "service.type=NodePort"],
    ),
    "loop over a number": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WORKER,
                old="          envFrom:\n",
                new="§{% for each in values.worker.replicas %}\n{% endfor %}\n          envFrom:\n",
            )
        ],
        value="worker.replicas",
        mine="api:\n  replicas: 3\nworker:\n  replicas: 4\n",
    ),
    "pairs of a mapping without items": Fault(
        chart="shop",
        edits=[
            Edit(
                file=SETTINGS,
                old="---\n",
                new="§{% for k, v in values.image %}\n  {{ k }}: {{ v }}\n{% endfor %}\n---\n",
            )
        ],
        value="image",
    ),
    "call of text": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="values.api.logLevel", new="§values.api.logLevel()")],
        value="api.logLevel",
        flags=["--set", "api.logLevel=debug"],
    ),
    "filter for text, of a list": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="values.worker.queues | join", new="§values.worker.queues | trim_suffix")],
        value="worker.queues",
    ),
    "filter for lists, of a number on its third line": Fault(
        chart="hello",
        edits=[
            Edit(
                file=WEB,
                old="{{ values.greeting | sha256 }}",
                new='{{ (\n  values.greeting ~\n  (§values.replicas | join(","))) | sha256 }}',
            )
        ],
        value="replicas",
        flags=["--set", "replicas=3"],
    ),
    "filter without its argument": Fault(
        chart="shop",
        edits=[Edit(file=NAMES, old="trunc(63)", new="§trunc()")],
        through=[Spot(file="templates/api.yaml.j2", text='{{ shop.name("api") }}')],
    ),
    "comparison of text with a number": Fault(
        chart="shop",
        edits=[
            Edit(file=WEB, old="{% if values.web.podAnnotations %}", new="§{% if values.web.service.type > 1 %}"),
        ],
        value="web.service.type",
        flags=["--set", "web.service.type=NodePort"],
    ),
    "index out of range": Fault(
        chart="shop",
        edits=[Edit(file=WORKER, old="values.worker.replicas", new="§values.worker.queues[2] | length")],
        value="worker.queues",
        tells="worker.queues[2]",
    ),
    "field of text": Fault(
        chart="shop",
        edits=[Edit(file="templates/redis.yaml.j2", old="values.redis.image", new="§values.redis.image.tag")],
        value="redis.image",
        mine="redis:\n  image: redis:8.4\n",
    ),
    "mapping as a key": Fault(
        chart="shop",
        edits=[Edit(file=SETTINGS, old="---\n", new="  §{{ values.image }}: x\n---\n")],
        value="image",
    ),
    "text alone among keys": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="      annotations:\n", new="      annotations:\n        §{{ values.greeting }}\n")],
        value="greeting",
        flags=["--set", "greeting=hi"],
    ),
    "list among a mapping's keys": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WORKER,
                old="          envFrom:\n",
                new="          §{{ values.worker.queues }}\n          envFrom:\n",
            )
        ],
        value="worker.queues",
        flags=["--set", "worker.queues={a,b}"],
    ),
    "loop over a number in a macro": Fault(
        chart="shop",
        edits=[
            Edit(
                file=NAMES,
                old="  ports:\n",
                new="  ports:\n§{% for each in settings.port %}\n{% endfor %}\n",
            )
        ],
        through=[Spot(file="templates/api.yaml.j2", text='shop.service("api"')],
        value="api.service.port",
        flags=["--set", "api.service.port=8081"],
    ),
    "number and text in the argument of a macro": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old='shop.service("web", values.web.service, "http")',
                new='shop.service("web", values.web.service,\n  §"http" + values.web.replicas)',
            )
        ],
        value="web.replicas",
    ),
    "number joined in an included file": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/_args.j2", new='- --verbose\n- --queues\n- §{{ values.worker.queues | join(1 + "") }}\n'
            ),
            Edit(
                file=WORKER,
                old="          envFrom:\n",
                new='          command:\n            {% include "_args.j2" %}\n          envFrom:\n',
            ),
        ],
        through=[Spot(file=WORKER, text='{% include "_args.j2" %}')],
    ),
    "text alone among the keys of a macro": Fault(
        chart="hello",
        edits=[
            Edit(
                file="templates/_names.j2",
                old="app.kubernetes.io/instance",
                new="§{{ values.greeting }}\napp.kubernetes.io/instance",
            )
        ],
        through=[Spot(file=WEB, text="{{ names.labels()")],
        value="greeting",
        mine="greeting: good day\n",
    ),
    "division of text in a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[
            Edit(file="charts/hello/templates/web.yaml.j2", old="values.service.port", new="§values.service.type / 2")
        ],
        value="hello.service.type",
        mine="web:\n  replicas: 3\nhello:\n  service:\n    type: NodePort\n",
    ),
    "comparison of text with a number in a macro": Fault(
        chart="ingress-nginx",
        at=Spot(file="templates/_scaling.j2", text="else settings.replicaCount) > 1"),
        through=[Spot(file="templates/scaling.yaml.j2", text='{{ scaling.budget(names.controller(), "controller"')],
        value="controller.replicaCount",
        flags=["--set-string", "controller.replicaCount=2", "--skip-schema-validation"],
    ),
    "number and text of a value under another name, in an included file": Fault(
        chart="ingress-nginx",
        edits=[
            Edit(
                file="templates/_arguments.j2",
                old="{% if controller.scope.enabled %}",
                new="§{% if controller.minReadySeconds + '' %}{% endif %}\n{% if controller.scope.enabled %}",
            )
        ],
        through=[Spot(file="templates/controller.yaml.j2", text='{% include "_arguments.j2" %}')],
        value="controller.minReadySeconds",
        mine="controller:\n  minReadySeconds: 5\n",
    ),
    "loop over a number in the body of a call": Fault(
        chart="prometheus",
        edits=[
            Edit(
                file="charts/alertmanager/templates/statefulset.yaml.j2",
                old="securityContext: {{ reload.securityContext }}",
                new="§{% for each in values.replicaCount %}{% endfor %}\nsecurityContext: {{ reload.securityContext }}",
            )
        ],
        through=[
            Spot(file="charts/alertmanager/templates/statefulset.yaml.j2", text="{% call pods.reloader("),
            Spot(file="charts/common/templates/_pods.j2", text="{{ caller() }}"),
        ],
        value="alertmanager.replicaCount",
        flags=["--set", "alertmanager.replicaCount=2", "--set", "alertmanager.configmapReload.enabled=true"],
    ),
    "number and text in the notes": Fault(
        chart="hello",
        edits=[
            Edit(file="templates/NOTES.txt.j2", old="{{ values.service.port }}", new="§{{ values.service.port + '' }}")
        ],
        value="service.port",
        flags=["--set", "service.port=8080"],
    ),
}
