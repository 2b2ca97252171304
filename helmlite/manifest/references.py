"""Objects named as kubectl takes them: ``deploy/web``, ``Deployment/web``, ``deployments.apps/web``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import GroupVersionKind

SHORT_NAMES = dict(
    each.split("=")
    for each in """
    cj=CronJob cm=ConfigMap crd=CustomResourceDefinition crds=CustomResourceDefinition csr=CertificateSigningRequest
    deploy=Deployment ds=DaemonSet ep=Endpoints hpa=HorizontalPodAutoscaler ing=Ingress ip=IPAddress limits=LimitRange
    netpol=NetworkPolicy ns=Namespace pc=PriorityClass pdb=PodDisruptionBudget po=Pod pv=PersistentVolume
    pvc=PersistentVolumeClaim quota=ResourceQuota rc=ReplicationController rs=ReplicaSet sa=ServiceAccount
    sc=StorageClass sts=StatefulSet svc=Service
    """.split()  # noqa: SIM905  # one word a line would take a page
)
"""Kubernetes' own short names; custom ones are in CRDs, which a chart need not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a user calls an object: ``KIND/NAME``, ``KIND.GROUP/NAME`` or ``KIND.VERSION.GROUP/NAME``.

    A namespace may stand before the name (``deploy/prod/web``); without a kind (``web``) any kind fits.
    """

    kind: str
    group: str
    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return the reference that a text is; raises ValueError."""
        words = text.split("/")
        if not all(words) or len(words) > 3:
            raise ValueError("give KIND/NAME, as in deploy/web")
        kind, _, group = words[0].partition(".") if len(words) > 1 else ("", "", "")
        return cls(kind=kind, group=group, namespace=words[1] if len(words) == 3 else "", name=words[-1])

    def fits_kind(self, gvk: GroupVersionKind, capabilities: Capabilities) -> bool:
        """Return whether a kind is the one that is meant: by its name, its plural or its short name, in any case."""
        if self.group and self.group not in (gvk.group, gvk.version, f"{gvk.version}.{gvk.group}"):
            return False
        served = capabilities.served(gvk) or capabilities.any_version(gvk.group, gvk.kind)
        known = (gvk.kind.lower(), served.plural.lower() if served else f"{gvk.kind.lower()}s")
        word = self.kind.lower()
        return not word or word in known or SHORT_NAMES.get(word) == gvk.kind

    def fits_name(self, name: str, namespace: str, prefixes: Iterable[str]) -> bool:
        """Return whether an object of a name in a namespace is meant; one of the prefixes may be left out."""
        if self.namespace and self.namespace != namespace:
            return False
        return name in (self.name, *(f"{each}-{self.name}" for each in prefixes))
