{{/*
Where a program serves health and metrics, as YAML. Usage: include "warm-images.healthAddress" (list . "agent")
  listen: address for the program
  probe: address for kubelet; absent: the pod's own
  node: whether it is the node's own address, which only the node knows

An agent in the node's network would be reachable at every address of its node: it listens on loopback,
where kubelet, on the same node, asks too. Who scrapes comes from elsewhere, to the node's own address.
*/}}
{{- define "warm-images.healthAddress" -}}
{{- $root := index . 0 -}}
{{- $agent := $root.Values.agent -}}
{{- $pod := dict "listen" $root.Values.healthAddress -}}
{{- if or (ne (index . 1) "agent") (not $agent.hostNetwork) -}}
{{- toYaml $pod -}}
{{- else -}}
{{- $default := ternary "node" "127.0.0.1" (or $root.Values.podMonitor.enabled $root.Values.serviceMonitor.enabled $root.Values.scrapeAnnotations) -}}
{{- $address := default $default $agent.health.address -}}
{{- if eq $address "node" -}}
{{- /* Brackets do no harm to an IPv4 address, and an IPv6 address needs them. */ -}}
{{- dict "listen" "[$(HOST_IP)]" "node" true | toYaml -}}
{{- else if has $address (list "0.0.0.0" "[::]") -}}
{{- dict "listen" $address | toYaml -}}
{{- else -}}
{{- dict "listen" $address "probe" (trimAll "[]" $address) | toYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}
