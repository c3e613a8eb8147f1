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

{{/*
Kinds to look at, as the program takes them: "auto", names as Kubernetes writes them (given in any
case, singular or plural, or by resource and group), and resource.group or Kind.group with or without
a path.
*/}}
{{- define "warm-images.kinds" -}}
{{- $known := include "warm-images.knownKinds" . | fromYaml -}}
{{- $kinds := list -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" .Values.kinds) -1 | compact -}}
{{- $word := . -}}
{{- $found := ternary "auto" "" (eq (lower $word) "auto") -}}
{{- if has (lower $word) (list "event" "events") -}}{{- $found = "Event" -}}{{- end -}}
{{- range $kind, $row := $known -}}
{{- $resource := printf "%s.%s" (index $row 1) (first $row) -}}
{{- if has (lower $word) (list (lower $kind) (printf "%ss" (lower $kind)) (printf "%ses" (lower $kind)) $resource) -}}{{- $found = $kind -}}{{- end -}}
{{- end -}}
{{- if and (not $found) (regexMatch "^[A-Za-z0-9]+[.][a-z0-9-]+([.][a-z0-9-]+)*(=.+)?$" $word) -}}
{{- $found = $word -}}
{{- end -}}
{{- if not $found -}}
{{- fail (printf "kinds: \"%s\" is no known kind, and no resource.group such as shops.example.com; known are auto, Event, %s" $word (keys $known | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $kinds = append $kinds $found -}}
{{- end -}}
{{- if not $kinds -}}
{{- fail "kinds is empty: name at least one kind, or auto" -}}
{{- end -}}
{{- if eq (join " " ($kinds | uniq)) "Event" -}}
{{- fail "kinds: Event alone names no images: \"auto Event\"" -}}
{{- end -}}
{{- join " " ($kinds | uniq) -}}
{{- end -}}

{{/*
Resources of these kinds that the controller has to read, and of those that it always reads in
namespaces, by API group: lists in YAML.
*/}}
{{- define "warm-images.kindResources" -}}
{{- $known := include "warm-images.knownKinds" . | fromYaml -}}
{{- $namespaced := .Values.rbac.namespaced -}}
{{- $rows := list -}}
{{- range $word := splitList " " (include "warm-images.kinds" .) -}}
{{- if eq $word "auto" -}}
{{- $rows = concat $rows (values $known) -}}
{{- else if hasKey $known $word -}}
{{- $rows = append $rows (get $known $word) -}}
{{- else if ne $word "Event" -}}
{{- $resource := regexReplaceAll "=.*$" $word "" -}}
{{- $rows = append $rows (list (regexReplaceAll "^[^.]*[.]" $resource "") (include "warm-images.resource" (regexFind "^[^.]*" $resource))) -}}
{{- end -}}
{{- end -}}
{{- $readable := list -}}
{{- range values (include "warm-images.clusterKinds" . | fromYaml) -}}
{{- if not (has "cluster" .) -}}{{- $readable = append $readable . -}}{{- end -}}
{{- end -}}
{{- range $rows -}}
{{- /* Who may read some namespaces alone follows nothing that lies in none. */ -}}
{{- if not (and $namespaced (has "cluster" .)) -}}{{- $readable = append $readable . -}}{{- end -}}
{{- end -}}
{{- include "warm-images.byGroup" $readable -}}
{{- end -}}

{{/* A resource as it is; of a kind, which begins with a capital, what it is called as a rule. */}}
{{- define "warm-images.resource" -}}
{{- $plural := lower . -}}
{{- if regexMatch "^[A-Z]" . -}}
{{- if regexMatch "(s|x|z|ch|sh)$" $plural -}}{{- $plural = printf "%ses" $plural -}}
{{- else if regexMatch "[^aeiou]y$" $plural -}}{{- $plural = printf "%sies" (trimSuffix "y" $plural) -}}
{{- else -}}{{- $plural = printf "%ss" $plural -}}{{- end -}}
{{- end -}}
{{- $plural -}}
{{- end -}}

{{/*
What is no part of a namespace, and read besides: what says where workloads may run, and, where
kinds are chosen by what the cluster has, which kinds it has. The same form.
*/}}
{{- define "warm-images.clusterResources" -}}
{{- $rows := list -}}
{{- range values (include "warm-images.clusterKinds" . | fromYaml) -}}
{{- if has "cluster" . -}}{{- $rows = append $rows . -}}{{- end -}}
{{- end -}}
{{- if has "auto" (splitList " " (include "warm-images.kinds" .)) -}}
{{- $rows = append $rows (list "apiextensions.k8s.io" "customresourcedefinitions") -}}
{{- end -}}
{{- include "warm-images.byGroup" $rows -}}
{{- end -}}

{{/* Rows of group, resource and more as one list of resources for each group. */}}
{{- define "warm-images.byGroup" -}}
{{- $resources := dict -}}
{{- range . -}}
{{- $_ := set $resources (first .) (append (get $resources (first .) | default list) (index . 1) | uniq | sortAlpha) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/*
Such resources in words, as kubectl takes them.
Usage: include "warm-images.resourceNames" (list . "warm-images.kindResources")
*/}}
{{- define "warm-images.resourceNames" -}}
{{- $names := list -}}
{{- range $group, $resources := include (last .) (first .) | fromYaml -}}
{{- range $resources -}}
{{- $names = append $names (printf "%s.%s" . $group | trimSuffix ".") -}}
{{- end -}}
{{- end -}}
{{- join ", " $names -}}
{{- end -}}

{{/* Rules of a role that reads such resources. */}}
{{- define "warm-images.readRules" -}}
{{- range $group, $resources := . }}
- apiGroups: [{{ $group | quote }}]
  resources: {{ $resources | toJson }}
  verbs: [get, list, watch]
{{- end -}}
{{- end -}}

{{/* What is done with Events: those of kubelets read, those of failures written, by values. */}}
{{- define "warm-images.eventVerbs" -}}
{{- $verbs := list -}}
{{- if has "Event" (splitList " " (include "warm-images.kinds" .)) -}}{{- $verbs = list "list" "watch" -}}{{- end -}}
{{- if .Values.failureEvents -}}{{- $verbs = concat $verbs (list "create" "patch") -}}{{- end -}}
{{- join ", " $verbs -}}
{{- end -}}

{{/* The rule for that, if anything is. */}}
{{- define "warm-images.eventRules" -}}
{{- with include "warm-images.eventVerbs" . -}}
- apiGroups: [""]
  resources: [events]
  verbs: [{{ . }}]
{{- end -}}
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
