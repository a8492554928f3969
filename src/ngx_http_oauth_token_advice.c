
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_advice.h"


/* the first that fits counts; the last one fits all */
static const ngx_http_oauth_token_advice_t  ngx_http_oauth_token_advices[] = {

    { "timeout", "The provider did not answer in time.",
      "See whether it is slow or unreachable; fetch_timeout is how long nginx "
      "waits." },

    { "connect", "No connection to the provider.",
      "Look at DNS, firewall, proxy and certificate: the error log has what "
      "nginx met." },

    { "closed", "The provider closed the connection without an answer.",
      "See whether it, or a firewall between, is being restarted." },

    { "incomplete", "The answer ended before it was whole.",
      "Ask the provider; something between it and nginx may cut answers." },

    { "framing", "The answer is not proper HTTP.",
      "See whether token_endpoint is the right address." },

    { "not_http", "What answered does not speak HTTP.",
      "See whether token_endpoint is the right address, and whether it is to "
      "be https." },

    { "invalid_client", "The provider does not know this client, or refuses "
      "its secret.",
      "See whether the secret was changed or has expired; then compare "
      "client_id, client_secret and client_auth with the registration." },

    { "unauthorized_client", "The client may not get tokens in this way.",
      "Have the grant allowed for the client at the provider." },

    { "unsupported_grant_type", "The provider does not support this grant.",
      "Compare grant_type with the provider's documentation." },

    { "invalid_scope", "The provider refuses the scope.",
      "Compare scope with what the client is registered for." },

    { "invalid_grant", "The password, assertion or refresh token is not "
      "valid any more.",
      "Renew what the grant is made of; for assertions look at the clock." },

    { "invalid_request", "The provider does not understand the request.",
      "Compare parameters and body_format with its documentation." },

    { "invalid_target", "The provider refuses the resource or audience.",
      "Compare these parameters with what the client is registered for." },

    { "access_denied", "The provider denies access.",
      "Ask it whether the client is blocked." },

    { "temporarily_unavailable", "The provider says that it is busy.",
      "nginx tries again by itself; see the provider's own status page." },

    { "server_error", "The provider has an error of its own.",
      "nginx tries again by itself; see the provider's own status page." },

    { "http_400", "The provider does not understand the request.",
      "Compare parameters and body_format with its documentation." },

    { "http_401", "The provider refuses the client's credentials.",
      "See whether the secret was changed or has expired; then look at "
      "client_auth." },

    { "http_403", "The provider denies access.",
      "Ask it whether the client or the address of this machine is blocked." },

    { "http_404", "There is nothing at this address.",
      "See whether token_endpoint has the right path." },

    { "http_405", "The address is not one for token requests.",
      "See whether token_endpoint and method are right." },

    { "http_429", "The provider was asked too often.",
      "nginx waits as it is told; see who else uses this client, and whether "
      "the zone is too small to keep the tokens." },

    { "http_503", "The provider is not available for now.",
      "nginx tries again by itself; see the provider's own status page." },

    { "http_5*", "The provider has an error of its own.",
      "nginx tries again by itself; see the provider's own status page." },

    { "http_*", "The provider refuses the request.",
      "The error log has its words; compare the request with its "
      "documentation." },

    { "redirect", "The provider sends nginx to another address.",
      "Redirects are not followed: put the right address into "
      "token_endpoint." },

    { "html", "A web page came in place of a token.",
      "See whether token_endpoint is the right address; a proxy or a login "
      "page may be in between." },

    { "xml", "XML came in place of a token.",
      "See whether token_endpoint is right, and whether the provider wants "
      "a request_header Accept." },

    { "bad_json", "The answer is not valid JSON.",
      "See whether token_endpoint is right; the error log has more." },

    { "no_token", "There is no token in the answer.",
      "Compare token_field with the provider's documentation." },

    { "token_*", "The token has characters that a header cannot carry.",
      "See whether token_field points to the token." },

    { "content_coding", "The answer is compressed, which nobody asked for.",
      "Have the provider send it as it is." },

    { "too_large", "The answer is larger than any with a token.",
      "See whether token_endpoint is the right address." },

    { "expired", "The token had ended when it came.",
      "Look at the clock of this machine and at expires_field." },

    { "issuer_mismatch", "The metadata is that of another issuer.",
      "Compare issuer with what the provider calls itself, to the letter." },

    { "other_host", "The metadata names an endpoint on another host.",
      "Put the address into token_endpoint, if it is to be trusted." },

    { "subject_expired", "The subject's token had ended before.",
      "The client has to come with a newer one." },

    { "invalid_value", "A variable of the token request has no fit value.",
      "The error log names the directive; see what the client sends." },

    { "max_waiting", "Too many requests wait for a token.",
      "Find out why the fetch takes long; max_waiting is the limit." },

    { "backoff", "A fetch has failed before, and the pause is not over.",
      "Look at the failure that began it, in the error log." },

    { "sca", "The provider wants a person to confirm.",
      "Have the consent renewed at the provider." },

    { "code_*", "The provider answers with an error code of its own.",
      "Look the code up in its documentation." },

    { "app_error", "The provider answers with an error of its own.",
      "The error log has more." },

    { "memory", "nginx had no memory left.",
      "Look at the memory of this machine." },

    { "internal", "nginx itself could not do it.",
      "The error log has the cause; it is likely to be memory, or a key that "
      "cannot sign." },

    { "*", "The fetch failed for a reason of the provider's own.",
      "Look the word up in its documentation; the error log may have more." }
};


const ngx_http_oauth_token_advice_t *
ngx_http_oauth_token_advice(const char *reason)
{
    size_t                                len;
    const ngx_http_oauth_token_advice_t  *a;

    for (a = ngx_http_oauth_token_advices; /* void */ ; a++) {
        len = ngx_strlen(a->reason);

        if (a->reason[len - 1] == '*'
                ? ngx_strncmp(a->reason, reason, len - 1) == 0
                : ngx_strcmp(a->reason, reason) == 0)
        {
            return a;
        }
    }
}
