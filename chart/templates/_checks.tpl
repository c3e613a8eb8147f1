{{/* Values that contradict each other; each ends the install with one sentence. */}}
{{- define "warm-images.check" -}}
{{- include "warm-images.checkLogin" . -}}
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

{{- define "warm-images.checkOwnNats" -}}
{{- $nats := .Values.nats -}}
{{- $url := include "warm-images.givenUrl" . -}}
{{- /* The text may hold a password: it is not repeated. */ -}}
{{- if contains "@" $url -}}
{{- fail "nats.url holds a user name or password: give them in nats.username and nats.password, or in nats.existingSecret" -}}
{{- end -}}
{{- range regexSplit "[\\s,]+" $url -1 | compact -}}
{{- if not (regexMatch "^((nats|tls)://)?[^/]+/?$" .) -}}
{{- fail (printf "nats.url: \"%s\" must be nats://host:port or tls://host:port" .) -}}
{{- end -}}
{{- end -}}
{{- if $nats.persistence.enabled -}}
{{- fail "nats.persistence is about the NATS that the chart starts, but nats.url names another: leave one of them out" -}}
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
{{- range $key, $given := dict "username" (include "warm-images.username" .) "token" $nats.token "existingSecret" $nats.existingSecret "agentExistingSecret" $nats.agentExistingSecret "tls.existingSecret" $nats.tls.existingSecret -}}
{{- if $given -}}
{{- fail (printf "nats.%s is given but nats.url is empty: name your servers there; the NATS that the chart starts makes its own logins" $key) -}}
{{- end -}}
{{- end -}}
{{- range $user, $password := $nats.passwords -}}
{{- if regexMatch "[\"\\\\$\\s]" $password -}}
{{- fail (printf "nats.passwords.%s holds a space, a quote, \\ or $, which NATS' configuration cannot: leave them out" $user) -}}
{{- end -}}
{{- end -}}
{{- if $nats.tls.clientCertificate -}}
{{- fail "nats.tls.clientCertificate is given but nats.url is empty: name your servers there" -}}
{{- end -}}
{{- end -}}
