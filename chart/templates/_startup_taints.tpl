{{/* Taints that nodes have only while they start. */}}

{{/* What the controller is told beside those that it knows by itself. */}}
{{- define "warm-images.startupTaints" -}}
{{- $words := include "warm-images.words" .Values.startupTaints -}}
{{- range regexSplit "[\\s,]+" $words -1 | compact -}}
{{- if regexMatch "^[*?/]+$" . -}}
{{- fail (printf "startupTaints: \"%s\" would be every taint; name keys, such as example.com/*" .) -}}
{{- end -}}
{{- end -}}
{{- $words -}}
{{- end -}}

{{/*
Taints that the agents tolerate: their own, and those of starting nodes that evict pods. A toleration
has no globs.
*/}}
{{- define "warm-images.agentTolerations" -}}
{{- $tolerations := include "warm-images.withGateTolerations" (list . .Values.agent.tolerations) | fromYamlArray -}}
{{- $words := printf "%s %s" (include "warm-images.words" .Values.agent.startupTaints) (include "warm-images.startupTaints" .) -}}
{{- range regexSplit "[\\s,]+" $words -1 | compact | uniq -}}
{{- if not (regexMatch "[*?]" .) -}}
{{- $tolerations = append $tolerations (dict "key" . "operator" "Exists" "effect" "NoExecute") -}}
{{- end -}}
{{- end -}}
{{- dict "tolerations" $tolerations | toYaml -}}
{{- end -}}
