{{/* API group and resource of each kind; written by `deno task readme`, do not edit. */}}

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

{{/* Kinds that lie in no namespace; they are always read. */}}
{{- define "warm-images.clusterKinds" -}}
Namespace: ["", namespaces]
Node: ["", nodes]
RuntimeClass: ["node.k8s.io", runtimeclasses]
PriorityClass: ["scheduling.k8s.io", priorityclasses]
{{- end -}}
