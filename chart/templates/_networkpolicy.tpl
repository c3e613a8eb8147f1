{{/* Parts of the policies for pods: networkpolicy.yaml and ciliumnetworkpolicy.yaml. */}}

{{/* Components with a port for health that policies reach: none do in the node's network. */}}
{{- define "warm-images.policyComponents" -}}
{{- ternary (list "controller") (list "controller" "agent") .Values.agent.hostNetwork | toJson -}}
{{- end -}}

{{/* Ports of the servers in nats.url, as JSON. */}}
{{- define "warm-images.natsPorts" -}}
{{- $ports := list -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.givenUrl" .) -1 | compact -}}
{{- $ports = append $ports (regexFind ":[0-9]+/?$" . | trimPrefix ":" | trimSuffix "/" | default "4222" | atoi) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}
