{{/* Names and labels. Components are controller, agent, nats, logins and test. */}}

{{- define "warm-images.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, followed by the chart's unless it contains it, with room for a suffix. */}}
{{- define "warm-images.fullname" -}}
{{- $name := include "warm-images.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Usage: include "warm-images.labels" (list . "agent") */}}
{{- define "warm-images.labels" -}}
{{- $root := index . 0 -}}
{{ include "warm-images.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels that select pods. They hold no version: a new chart alone must not restart NATS. */}}
{{- define "warm-images.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "warm-images.name" $root | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Namespace of a component: only that of the agents may be another than the release's. */}}
{{- define "warm-images.namespace" -}}
{{- $root := index . 0 -}}
{{- if eq (index . 1) "agent" -}}
{{- default $root.Release.Namespace $root.Values.agent.namespace -}}
{{- else -}}
{{- $root.Release.Namespace -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $account := (index $root.Values $component).serviceAccount -}}
{{- default (printf "%s-%s" (include "warm-images.fullname" $root) $component) $account.name -}}
{{- end -}}

{{/* Usage: include "warm-images.image" (list .Values.nats.image "default tag") */}}
{{- define "warm-images.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) -}}
{{- end -}}
{{- end -}}
