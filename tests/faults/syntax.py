"""Templates that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.planting import PROBE_INCLUDED, Edit, Fault, Spot, in_included_probe

WEB = "templates/web.yaml.j2"
REPLICAS = "{{ values.web.replicas }}"
IMPORT = '{% import "_names.j2"'

FAULTS: Mapping[str, Fault] = {
    "unclosed expression": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old=REPLICAS, new="§{{ values.web.replicas")],
        tells="}}",
    ),
    "unclosed expression at the end": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="      targetPort: http", new="      targetPort: §{{ values.service.name")],
        tells="}}",
    ),
    "unclosed string": Fault(
        chart="shop",
        edits=[Edit(file="templates/settings.yaml.j2", old='join(",")', new='§join(",)')],
    ),
    "unclosed comment": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="    spec:\n", new="    spec:\n      §{# The web server.\n")],
        tells="comment",
    ),
    "unknown tag": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old="      labels:\n",
                new="§{% with_items values.web.extra %}{% endwith_items %}\n      labels:\n",
            )
        ],
        tells="with_items",
    ),
    "unknown filter": Fault(
        chart="shop",
        edits=[
            Edit(file="templates/worker.yaml.j2", old="values.worker.replicas", new="§values.worker.replicas | integer")
        ],
        tells="'integer'",
    ),
    "unknown filter on the third line of an expression": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="values.image.tag or", new="\n    values.image.tag\n      §| lowercase or")],
        tells="lowercase",
    ),
    "unknown test": Fault(
        chart="shop",
        edits=[
            Edit(
                file="templates/ingress.yaml.j2",
                old="{% if values.ingress.className %}",
                new="§{% if values.ingress.className is texty %}",
            )
        ],
        tells="texty",
    ),
    "expression that ends in a dot": Fault(
        chart="shop",
        edits=[Edit(file="templates/redis.yaml.j2", old="values.redis.image", new="§values.redis.")],
    ),
    "expression at fault on its fourth line": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old='{{ shop.name("settings") }}',
                new='{{ shop.name(\n  "sett" ~\n  "ings"\n  §) ) }}',
            )
        ],
    ),
    "mapping of a set tag at fault on its third line": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old="apiVersion: apps/v1\n",
                new='{% set more = {\n  "a": 1,\n  §"b" 2,\n} %}\napiVersion: apps/v1\n',
            )
        ],
    ),
    "if without its end": Fault(
        chart="shop",
        edits=[
            Edit(
                file=WEB,
                old="          resources:",
                new="§{% if values.resources %}\n          resources:",
            )
        ],
        tells="endif",
    ),
    "for without its end": Fault(
        chart="hello",
        edits=[Edit(file=WEB, old="          ports:\n", new="§{% for each in [1] %}\n          ports:\n")],
        tells="endfor",
    ),
    "end of another tag": Fault(
        chart="shop",
        edits=[Edit(file=WEB, old="{% endif %}", new="§{% endfor %}")],
        tells="endfor",
    ),
    "in an imported file": Fault(
        chart="shop",
        edits=[Edit(file="templates/_names.j2", old="values.image.tag or", new="§values.image.tag or or")],
        through=[Spot(file="templates/api.yaml.j2", text=IMPORT)],
    ),
    "macro without its end, in an imported file": Fault(
        chart="hello",
        edits=[
            Edit(file="templates/_names.j2", old="{% macro labels() %}", new="§{% macro labels() %}"),
            Edit(file="templates/_names.j2", old="{% endmacro %}", new=""),
        ],
        through=[Spot(file=WEB, text=IMPORT)],
        tells="endmacro",
    ),
    "in an included file": Fault(
        chart="shop",
        edits=in_included_probe("httpGet:\n  path: /\n  port: §{{ values.web.service.port + }}\n"),
        through=PROBE_INCLUDED,
    ),
    "in a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[
            Edit(
                file="charts/hello/templates/web.yaml.j2", old="values.service.type", new="§values.service.type | uppr"
            )
        ],
        tells="uppr",
    ),
    "in the imported file of a subchart": Fault(
        chart="shop",
        subcharts=["hello"],
        edits=[Edit(file="charts/hello/templates/_names.j2", old="release.name", new="§release..name")],
        through=[Spot(file="charts/hello/templates/web.yaml.j2", text=IMPORT)],
    ),
    "unknown filter in the imported file of a library chart": Fault(
        chart="prometheus",
        edits=[Edit(file="charts/common/templates/_pods.j2", old="in args | dictsort", new="in §args | sorted_pairs")],
        through=[
            Spot(file="charts/alertmanager/templates/access.yaml.j2", text='{% import "charts/common/_objects.j2"'),
            Spot(file="charts/common/templates/_objects.j2", text='{% import "_pods.j2"'),
        ],
        tells="sorted_pairs",
    ),
    "unclosed tag in an included file": Fault(
        chart="postgresql",
        edits=[
            Edit(
                file="templates/_pg_hba.conf.j2",
                new="# who may come\n§{% if values.tls.enabled\nlocal all all trust\n",
            ),
        ],
        through=[Spot(file="templates/configuration.yaml.j2", text='{% include "_pg_hba.conf.j2" %}')],
    ),
}
