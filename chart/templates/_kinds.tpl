{{/* API group and resource of each kind, and whether it lies in no namespace: */}}
{{/* written by `deno task readme`, do not edit. */}}

{{/* Kinds that `kinds` may name. */}}
{{- define "warm-images.knownKinds" -}}
Deployment: ["apps", deployments]
StatefulSet: ["apps", statefulsets]
DaemonSet: ["apps", daemonsets]
ReplicaSet: ["apps", replicasets]
ControllerRevision: ["apps", controllerrevisions]
ReplicationController: ["", replicationcontrollers]
Pod: ["", pods]
Job: ["batch", jobs]
CronJob: ["batch", cronjobs]
ConfigMap: ["", configmaps]
Rollout: ["argoproj.io", rollouts]
{{- end -}}

{{/* Kinds that are always read. */}}
{{- define "warm-images.clusterKinds" -}}
Namespace: ["", namespaces, cluster]
Node: ["", nodes, cluster]
RuntimeClass: ["node.k8s.io", runtimeclasses, cluster]
PriorityClass: ["scheduling.k8s.io", priorityclasses, cluster]
{{- end -}}
