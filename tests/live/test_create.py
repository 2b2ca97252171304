"""A new chart on an API server: installed as it is, then with everything that its values offer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Run

pytestmark = pytest.mark.cluster

ALL = (
    *("--set", "ingress.enabled=true,ingress.className=nginx,ingress.tlsSecretName=tls"),
    *("--set", "autoscaling.enabled=true,service.type=NodePort,podLabels.team=on,podAnnotations.note=x"),
    *("--set-json", 'volumes=[{"name": "data", "emptyDir": {}}]', "--set", "serviceAccount.automountToken=true"),
    *("--set-json", 'volumeMounts=[{"name": "data", "mountPath": "/data"}]', "--set", "livenessProbe=null"),
    *("--set-json", 'env=[{"name": "LANG", "value": "C"}]', "--set", "image.pullPolicy=Always"),
)


def test_a_new_chart_becomes_ready(helmlite: Run, kube: Callable[..., Any], tmp_path: Path) -> None:
    """The server takes every object and every field of it, and the pods become ready."""
    path = str(tmp_path / "shop")
    helmlite("create", path)
    helmlite("install", "shop", path, "--wait", "--timeout", "60s")
    assert 1 == kube("deployment/shop")["status"]["readyReplicas"]
    helmlite("upgrade", "shop", path, *ALL, "--timeout", "60s")
    objects = kube("ingress,horizontalpodautoscaler,service,serviceaccount", "-l", "app.kubernetes.io/instance=shop")
    assert {"Ingress", "HorizontalPodAutoscaler", "Service", "ServiceAccount"} == {
        each["kind"] for each in objects["items"]
    }
