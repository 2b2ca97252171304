"""Templates at fault: syntax, names, loops and sizes without measure."""

from __future__ import annotations

from collections.abc import Mapping

from tests.cli.wrong.case import Case, Text

INSTALL = "install web chart"
START = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\ndata:\n"


def template(text: str, **others: str) -> Mapping[str, Text | None]:
    """Return a ConfigMap's template whose sixth line is ``text``, and others by name."""
    more: dict[str, Text | None] = {f"chart/templates/{name}.j2": other for name, other in others.items()}
    return {"chart/templates/more.yaml.j2": START + text + "\n", **more}


def secret(text: str) -> Mapping[str, Text | None]:
    """Return a Secret's template, canaries around the faulty line."""
    return {
        "chart/templates/secret.yaml.j2": f"""\
apiVersion: v1
kind: Secret
metadata:
  name: more
stringData:
  before: @SECRET@
  {text}
  after: "@TOKEN@"
data:
  packed: @DATA64@
"""
    }


AT = "web/templates/more.yaml.j2:6"
SECRET_AT = "web/templates/secret.yaml.j2:7"

CASES = {
    "template-syntax": Case(run=INSTALL, files=template("  a: {{ values.image.tag"), at="more.yaml.j2:6"),
    "template-syntax-of-helm": Case(run=INSTALL, files=template("  a: {{ .Values.image.tag }}"), at=AT),
    "template-end-missing": Case(run=INSTALL, files=template("  {% if values.image %}\n  a: b"), at="more.yaml.j2"),
    "template-end-too-many": Case(run=INSTALL, files=template("  {% endif %}"), at=AT),
    "template-tag-unknown": Case(run=INSTALL, files=template("  {% range values.hosts %}"), at=AT),
    "template-filter-unknown": Case(run=INSTALL, files=template("  a: {{ values.image | toYaml }}"), at=AT),
    "template-function-unknown": Case(run=INSTALL, files=template("  a: {{ requird('x', values.a) }}"), at=AT),
    "template-test-unknown": Case(run=INSTALL, files=template("  a: {{ values.image is mappping }}"), at=AT),
    "template-undefined": Case(run=INSTALL, files=template("  a: {{ values.image.tga }}"), at=AT),
    "template-undefined-name": Case(run=INSTALL, files=template("  a: {{ vallues.image.tag }}"), at=AT),
    "template-undefined-beside-secrets": Case(run=INSTALL, files=template("  a: {{ values.auth.pasword }}"), at=AT),
    "template-undefined-of-text": Case(run=INSTALL, files=template("  a: {{ values.auth.password.hash }}"), at=AT),
    "template-undefined-by-secret-key": Case(
        run=INSTALL, files=template("  a: {{ values[values.auth.password] }}"), at=AT
    ),
    "template-undefined-in-secret": Case(run=INSTALL, files=secret("bad: {{ values.auth.pasword }}"), at=SECRET_AT),
    "template-syntax-in-secret": Case(run=INSTALL, files=secret("bad: {{ values. }}"), at=SECRET_AT),
    "template-fault-beside-literal-secret": Case(
        run=INSTALL, files=secret("bad: {{ values.nothing | default('@PASSWORD@', 1, 2, 3) }}"), at=SECRET_AT
    ),
    "template-fail": Case(run=INSTALL, files=template("  a: {{ fail('set image.digest or image.tag') }}"), at=AT),
    "template-fail-quotes-secret": Case(
        run=INSTALL, files=template("  a: {{ fail('the password ' ~ values.auth.password ~ ' is weak') }}"), at=AT
    ),
    "template-required": Case(
        run=INSTALL, files=template("  a: {{ values.host | default('') | required('host is needed') }}"), at=AT
    ),
    "template-include-missing": Case(run=INSTALL, files=template("  {% include 'labels.j2' %}"), at=AT),
    "template-import-missing-macro": Case(
        run=INSTALL,
        files=template("  {% from '_m.j2' import lables %}{{ lables() }}", _m="{% macro labels() %}a: b{% endmacro %}"),
        at="more.yaml.j2:6",
    ),
    "template-fault-in-macro": Case(
        run=INSTALL,
        files=template(
            "  {% import '_m.j2' as m %}{{ m.labels() }}",
            _m="{% macro labels() %}\n  app: {{ values.imag }}\n{% endmacro %}",
        ),
        at="web/templates/_m.j2:2",
    ),
    "template-include-leaves-chart": Case(run=INSTALL, files=template("  {% include '../../../etc/passwd' %}"), at=AT),
    "template-includes-itself": Case(
        run=INSTALL, files=template("  {% include '_a.j2' %}", _a="{% include '_a.j2' %}"), at="web/templates/_a.j2:1"
    ),
    "template-tpl-bad": Case(
        run=(*INSTALL.split(), "--set-literal", "text={{ valeus.x }}"),
        files=template("  a: {{ tpl(values.text) }}"),
        at=AT,
    ),
    "template-wrong-types": Case(run=INSTALL, files=template("  a: {{ values.auth.password + 1 }}"), at=AT),
    "template-number-from-secret": Case(run=INSTALL, files=template("  a: {{ values.api.token | from_json }}"), at=AT),
    "template-yaml-from-secret": Case(
        run=INSTALL, files=template("  a: {{ ('[' ~ values.auth.password) | from_yaml }}"), at=AT
    ),
    "template-base64-of-secret": Case(
        run=INSTALL, files=template("  a: {{ (values.auth.password ~ '!') | b64decode }}"), at=AT
    ),
    "template-version-from-secret": Case(
        run=INSTALL, files=template("  a: {{ semver_compare('>=1', values.auth.password) }}"), at=AT
    ),
    "template-loop-over-nothing": Case(
        run=INSTALL, files=template("  {% for each in values.service.port %}{% endfor %}"), at=AT
    ),
    "template-range-too-large": Case(
        run=INSTALL, files=template("  {% for i in range(1000000000) %}{% endfor %}"), at=AT
    ),
    "template-text-too-large": Case(run=INSTALL, files=template("  a: {{ 'x' * 10000000000 }}"), at=AT),
    "template-output-too-large": Case(
        run=INSTALL,
        files=template("{% set x = 'x' * 1000000 %}{% for i in range(100000) %}{{ x }}{% endfor %}"),
        at=AT,
    ),
    "template-endless-macro": Case(
        run=INSTALL, files=template("  a: {% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), at=AT
    ),
    "template-number-too-large": Case(run=INSTALL, files=template("  a: {{ 9 ** (9 ** 9) }}"), at=AT),
    "template-escape": Case(run=INSTALL, files=template("  a: {{ ''.__class__.__mro__[1].__subclasses__() }}"), at=AT),
    "template-changes-values": Case(
        run=INSTALL, files=template("  {% do values.auth.update({'password': 'x'}) %}"), at=AT
    ),
    "template-no-text": Case(
        run=INSTALL, files={"chart/templates/more.yaml.j2": b"a: \xff\xfe\n"}, at="web/templates/more.yaml.j2"
    ),
    "template-lookup-of-unknown-kind": Case(
        run=INSTALL, files=template("  a: {{ lookup('example.com/v1', 'Widget', 'prod', 'x') }}"), at=AT
    ),
    "template-lookup-arguments": Case(run=INSTALL, files=template("  a: {{ lookup('v1') }}"), at=AT),
    "template-in-notes": Case(
        run=INSTALL, files={"chart/templates/NOTES.txt": "Hello\n{{ values.imge }}\n"}, at="web/templates/NOTES.txt:2"
    ),
    "template-in-subchart": Case(
        run=INSTALL,
        files={
            "chart/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
            "chart/charts/db/templates/db.yaml.j2": "a: 1\nb: {{ values.prot }}\n",
        },
        at="web/charts/db/templates/db.yaml.j2:2",
    ),
}
