"""What ``helmlite template`` prints for the example charts, byte for byte (HELMLITE_REWRITE_GOLDEN=1 rewrites it)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHARTS = Path(__file__).parents[2] / "charts"
GOLDEN = Path(__file__).with_name("golden")
VALUES = Path(__file__).with_name("values")
CASES = {
    "hello": ["hello", "hello"],
    "hello-more": ["hello", "hello", "--set", "replicas=3", "--namespace", "prod"],
    "ingress-nginx": ["ingress-nginx", "ingress-nginx"],
    "plain": ["plain", "plain"],
    "prometheus": ["prometheus", "prometheus"],
    "shop": ["shop", "shop", "--set", "postgresql.password=not-a-secret"],
    "shop-tag": ["shop", "shop", "--set", "postgresql.password=not-a-secret", "--set", "image.tag=4f2c1aa"],
    "shop-annotations": [
        *("shop", "shop", "--set", "postgresql.password=not-a-secret"),
        *("--set-json", 'web.podAnnotations={"a.example.com/b": "1"}'),
        *("--set-json", 'api.podAnnotations={"a.example.com/b": "yes", "c": "d: e"}'),
        *("--set", "worker.podAnnotations.note=slow"),
    ],
    "shop-services": [
        "shop",
        "shop",
        "--set",
        "postgresql.password=not-a-secret",
        "--set",
        "web.service.type=LoadBalancer,api.service.type=NodePort,api.service.nodePort=30080",
        "--set",
        "redis.service.type=ExternalName,redis.service.externalName=redis.example.com",
        "--set",
        "postgresql.storage.accessMode=ReadWriteMany,postgresql.storage.storageClassName=fast",
    ],
}
FLAGS = {
    "ingress-nginx-nodes": [
        *("--api-versions", "monitoring.coreos.com/v1/ServiceMonitor"),
        *("--api-versions", "monitoring.coreos.com/v1/PrometheusRule"),
    ],
    "prometheus-stateful": ["--api-versions", "autoscaling.k8s.io/v1"],
}
"""What cases of values files need besides."""
# Further cases are files of values, named after the chart and the case: values/CHART-CASE.yaml.
CASES |= {
    each.stem: [chart.name, chart.name, "--values", str(each), *FLAGS.get(each.stem, ())]
    for each in VALUES.glob("*.yaml")
    for chart in CHARTS.iterdir()
    if each.stem.startswith(f"{chart.name}-")
}


def template(*words: str) -> str:
    """Return what the command prints; without a cluster, and with another hash seed each time."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HELM", "KUBE"))}
    name, chart, *flags = words
    done = subprocess.run(
        [sys.executable, "-m", "helmlite", "template", name, str(CHARTS / chart), *flags],
        env={**environment, "KUBECONFIG": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_chart_renders_as_its_golden_text(name: str) -> None:
    """Two runs print the same bytes, those of the golden file."""
    text = template(*CASES[name])
    golden = GOLDEN / f"{name}.yaml"
    if os.environ.get("HELMLITE_REWRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text
    assert text == template(*CASES[name])


def test_every_golden_file_has_its_case() -> None:
    """No golden text is left over."""
    assert sorted(CASES) == sorted(each.stem for each in GOLDEN.iterdir())
