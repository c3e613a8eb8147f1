{{/*
Values that contradict each other, and what the schema cannot say in a way that helps: bounds of
durations, and texts that may hold a password, which the schema's messages would repeat. Each ends the
install with one sentence. The shape of single values is in values.schema.json.
*/}}
{{- define "warm-images.check" -}}
{{- include "warm-images.checkLogin" . -}}
{{- include "warm-images.checkReach" . -}}
{{- include "warm-images.checkConnections" . -}}
{{- include "warm-images.checkGate" . -}}
{{- include "warm-images.checkPrivate" . -}}
{{- include "warm-images.checkDuration" (list "forgetAfter" .Values.forgetAfter "0s" "8760h") -}}
{{- range $name, $given := dict "cronLead" .Values.cronLead "agent.refreshEvery" .Values.agent.refreshEvery -}}
{{- if not (has $given (list "" "off")) -}}
{{- include "warm-images.checkDuration" (list $name $given "1m" "8760h" ", or off") -}}
{{- end -}}
{{- end -}}
{{- range $name, $least := dict "pullIdleTimeout" "1s" "lookAgain" "1s" "exitWhenRuntimeLost" "0s" -}}
{{- include "warm-images.checkDuration" (list (printf "agent.%s" $name) (get $.Values.agent $name) $least "24h") -}}
{{- end -}}
{{- include "warm-images.checkDuration" (list "agent.pinFor" .Values.agent.pinFor "1m" "8760h") -}}
{{- if include "warm-images.givenUrl" . -}}
{{- include "warm-images.checkOwnNats" . -}}
{{- else -}}
{{- include "warm-images.checkChartsNats" . -}}
{{- end -}}
{{- range $component := list "controller" "agent" -}}
{{- with (index $.Values $component).serviceAccount -}}
{{- if and (not .create) (not .name) -}}
{{- fail (printf "%s.serviceAccount.create is false: name an account in %s.serviceAccount.name" $component $component) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What is read and who is let through. */}}
{{- define "warm-images.checkReach" -}}
{{- if .Values.rbac.namespaced -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.listSpaces" .) -1 | compact -}}
{{- if regexMatch "[*?]" . -}}
{{- fail (printf "rbac.namespaced reads each namespace of list.spaces for itself: name them there, \"%s\" names none" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $policy := .Values.networkPolicy -}}
{{- if eq $policy.type "cilium" -}}
{{- range $name, $given := dict "nodeCidrs" $policy.nodeCidrs "egress.apiServerCidrs" $policy.egress.apiServerCidrs -}}
{{- if $given -}}
{{- fail (printf "networkPolicy.%s is for the type \"kubernetes\": Cilium knows nodes and API server by itself, and takes them for no part of a network" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.checkLogin" -}}
{{- $nats := .Values.nats -}}
{{- $username := include "warm-images.username" . -}}
{{- $password := include "warm-images.password" . -}}
{{- if and $password (not $username) -}}
{{- fail "nats.password is given without nats.username" -}}
{{- end -}}
{{- if and $username (not $password) (not $nats.existingSecret) -}}
{{- fail "nats.username is given without nats.password: give it, or name a Secret with it in nats.existingSecret" -}}
{{- end -}}
{{- if and $nats.token $username -}}
{{- fail "nats.token and nats.username are two ways to log in: keep one of them" -}}
{{- end -}}
{{- if and $nats.existingSecret (or $password $nats.token) -}}
{{- fail "nats.existingSecret holds the login: leave nats.password and nats.token empty" -}}
{{- end -}}
{{- if and $nats.existingSecret $username (ne $nats.login "password") -}}
{{- fail (printf "nats.username does not go with nats.login \"%s\"" $nats.login) -}}
{{- end -}}
{{- end -}}

{{/*
Bounds that the programs have too. Usage: include "warm-images.checkDuration" (list "name" "10m" "1s" "24h"), which may be followed by
what else it may be.
*/}}
{{- define "warm-images.checkDuration" -}}
{{- $start := now -}}
{{- /* dateModify parses durations with Go's time.ParseDuration. */ -}}
{{- $end := dateModify (index . 1) $start -}}
{{- if or ($end.Before (dateModify (index . 2) $start)) ($end.After (dateModify (index . 3) $start)) -}}
{{- $else := ternary (last .) "" (gt (len .) 4) -}}
{{- fail (printf "%s must be from %s to %s%s, it is \"%s\"" (index . 0) (index . 2) (index . 3) $else (index . 1)) -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.checkOwnNats" -}}
{{- $nats := .Values.nats -}}
{{- $url := include "warm-images.givenUrl" . -}}
{{- /* The text may hold a password: it is not repeated. */ -}}
{{- if contains "@" $url -}}
{{- fail "nats.url holds a user name or password: give them in nats.username and nats.password, or in nats.existingSecret" -}}
{{- end -}}
{{- range regexSplit "[\\s,]+" $url -1 | compact -}}
{{- $port := regexFind ":[0-9]+/?$" . | trimPrefix ":" | trimSuffix "/" | default "4222" | atoi -}}
{{- if or (lt $port 1) (gt $port 65535) (not (regexMatch "(?i)^((nats|tls)://)?([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?/?$" .)) -}}
{{- fail (printf "nats.url: \"%s\" must be nats://host:port or tls://host:port" .) -}}
{{- end -}}
{{- end -}}
{{- if $nats.persistence.enabled -}}
{{- fail "nats.persistence is about the NATS that the chart starts, but nats.url names another: leave one of them out" -}}
{{- end -}}
{{- if ($nats.nodeUsers).enabled -}}
{{- fail "nats.nodeUsers is about the NATS that the chart starts, but nats.url names another: leave one of them out" -}}
{{- end -}}
{{- if or $nats.passwords.controller $nats.passwords.agent -}}
{{- fail "nats.passwords is about the NATS that the chart starts; for the one in nats.url give nats.username and nats.password" -}}
{{- end -}}
{{- if and $nats.tls.clientCertificate (not $nats.tls.existingSecret) -}}
{{- fail "nats.tls.clientCertificate needs nats.tls.existingSecret: the Secret that holds it" -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.checkChartsNats" -}}
{{- $nats := .Values.nats -}}
{{- if and ($nats.nodeUsers).enabled (semverCompare "<1.30-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "nats.nodeUsers needs Kubernetes 1.30, this is %s: before, tokens do not name the node, and no agent could log in" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- range $key, $given := dict "username" (include "warm-images.username" .) "token" $nats.token "existingSecret" $nats.existingSecret "agentExistingSecret" $nats.agentExistingSecret "tls.existingSecret" $nats.tls.existingSecret "replicas" $nats.replicas "placement.cluster" $nats.placement.cluster "placement.tags" $nats.placement.tags -}}
{{- if $given -}}
{{- fail (printf "nats.%s is given but nats.url is empty: name your servers there; the NATS that the chart starts has logins of its own" $key) -}}
{{- end -}}
{{- end -}}
{{- /* Checked here, as the schema's message would repeat the password. */ -}}
{{- range $user, $password := $nats.passwords -}}
{{- if regexMatch "[\"\\\\$\\s]" $password -}}
{{- fail (printf "nats.passwords.%s holds a space, a quote, \\ or $, which NATS' configuration cannot: leave them out" $user) -}}
{{- end -}}
{{- end -}}
{{- if $nats.tls.clientCertificate -}}
{{- fail "nats.tls.clientCertificate is given but nats.url is empty: name your servers there" -}}
{{- end -}}
{{- end -}}
