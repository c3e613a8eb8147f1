{{/* Values as the programs' settings. */}}

{{/*
A value that may also be written as one dotted key, as text; a list becomes words.
Usage: include "warm-images.value" (list . "list" "spaces" "default")
*/}}
{{- define "warm-images.value" -}}
{{- $root := index . 0 -}}
{{- $key := printf "%s.%s" (index . 1) (index . 2) -}}
{{- $nested := include "warm-images.words" (get (get $root.Values (index . 1) | default dict) (index . 2)) -}}
{{- if hasKey $root.Values $key -}}
{{- $dotted := include "warm-images.words" (get $root.Values $key) -}}
{{- if not (has $nested (list (index . 3) $dotted)) -}}
{{- fail (printf "%s is given twice, nested and as the key \"%s\": keep one of them" $key $key) -}}
{{- end -}}
{{- $dotted -}}
{{- else -}}
{{- $nested -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.words" -}}
{{- if kindIs "slice" . -}}
{{- join " " . -}}
{{- else if not (kindIs "invalid" .) -}}
{{- toString . | trim -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.listSpaces" -}}
{{- $spaces := include "warm-images.value" (list . "list" "spaces" "*") -}}
{{- /* The program takes an empty variable for one that is not set, which is all namespaces. */ -}}
{{- if not (regexFind "[^\\s,]" $spaces) -}}
{{- fail "list.spaces is empty: name namespaces, or \"*\" for all" -}}
{{- end -}}
{{- $spaces -}}
{{- end -}}
{{- define "warm-images.listImages" -}}
{{- include "warm-images.value" (list . "list" "images" "") -}}
{{- end -}}
{{- define "warm-images.ignoreSpaces" -}}
{{- include "warm-images.value" (list . "ignore" "spaces" "") -}}
{{- end -}}
{{- define "warm-images.ignoreImages" -}}
{{- include "warm-images.value" (list . "ignore" "images" "") -}}
{{- end -}}

{{/* Known kinds of workloads: API group and resource of each. */}}
{{- define "warm-images.knownKinds" -}}
Deployment: [apps, deployments]
StatefulSet: [apps, statefulsets]
DaemonSet: [apps, daemonsets]
ReplicaSet: [apps, replicasets]
Pod: ["", pods]
Job: [batch, jobs]
CronJob: [batch, cronjobs]
{{- end -}}

{{/* The enabled kinds as Kubernetes writes them; given in any case, singular or plural. */}}
{{- define "warm-images.kinds" -}}
{{- $known := include "warm-images.knownKinds" . | fromYaml -}}
{{- $kinds := list -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" .Values.kinds) -1 | compact -}}
{{- $word := . -}}
{{- $found := "" -}}
{{- range $kind := keys $known -}}
{{- if eq (lower $kind) (lower $word | trimSuffix "s") -}}{{- $found = $kind -}}{{- end -}}
{{- end -}}
{{- if not $found -}}
{{- fail (printf "kinds: \"%s\" is no known kind of workload; known are %s" $word (keys $known | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $kinds = append $kinds $found -}}
{{- end -}}
{{- if not $kinds -}}
{{- fail "kinds is empty: name at least one kind of workload" -}}
{{- end -}}
{{- join " " ($kinds | uniq) -}}
{{- end -}}

{{/* Settings that both programs have. Usage: include "warm-images.commonEnv" (list . "agent") */}}
{{- define "warm-images.commonEnv" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $health := include "warm-images.healthAddress" . | fromYaml -}}
{{ include "warm-images.natsEnv" . }}
{{- if $health.node }}
- name: HOST_IP
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
{{- end }}
- name: HEALTH_ADDRESS
  value: "{{ $health.listen }}:{{ (index $root.Values $component).health.port | int }}"
{{- include "warm-images.connectionEnv" $root }}
- name: LOG_LEVEL
  value: {{ $root.Values.logLevel }}
- name: LOG_FORMAT
  value: {{ $root.Values.logFormat }}
# What is wrong with settings stands in the log and in /readyz, in place of a crash loop.
- name: HOLD_ON_FAULTS
  value: "true"
{{- end -}}
