"""The cluster: the only room that knows the ``kubernetes`` client, used as transport and for kubeconfig and auth.

Objects are plain mappings; every outside error is translated once, in ``failures``.
"""
