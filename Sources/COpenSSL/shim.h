// OpenSSL 3 as Debian ships it. Its macros and variadic functions, which Swift cannot call, are
// wrapped here one by one.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Keys
static inline EVP_PKEY *copenssl_ec_key(const char *curve) { return EVP_EC_gen(curve); }
static inline EVP_PKEY *copenssl_rsa_key(unsigned int bits) { return EVP_RSA_gen(bits); }
static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }
static inline void copenssl_free_erasing(void *memory, size_t count) {
  OPENSSL_clear_free(memory, count);
}

// RFC 4514, with the text as it is.
static inline unsigned long copenssl_name_style(void) {
  return XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
}

// Memory BIOs
static inline long copenssl_bio_content(BIO *bio, char **content) {
  return BIO_get_mem_data(bio, content);
}
static inline size_t copenssl_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }
// A memory BIO that is empty says "try again", or "ended" once the peer has closed.
static inline void copenssl_bio_when_empty(BIO *bio, int value) {
  BIO_set_mem_eof_return(bio, value);
}

// Typed stacks
static inline STACK_OF(X509) *copenssl_certificates_new(void) { return sk_X509_new_null(); }
static inline int copenssl_certificates_count(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *copenssl_certificate(const STACK_OF(X509) *s, int i) {
  return sk_X509_value(s, i);
}
// Takes a reference of its own: the stack is freed with copenssl_certificates_free.
static inline int copenssl_certificates_push(STACK_OF(X509) *s, X509 *x) {
  return X509_up_ref(x) && sk_X509_push(s, x) > 0;
}
static inline void copenssl_certificates_free(STACK_OF(X509) *s) { sk_X509_pop_free(s, X509_free); }

static inline int copenssl_names_count(const GENERAL_NAMES *n) { return sk_GENERAL_NAME_num(n); }
static inline GENERAL_NAME *copenssl_name(const GENERAL_NAMES *n, int i) {
  return sk_GENERAL_NAME_value(n, i);
}
static inline int copenssl_subtrees_count(const STACK_OF(GENERAL_SUBTREE) *s) {
  return sk_GENERAL_SUBTREE_num(s);
}
static inline GENERAL_NAME *copenssl_subtree(const STACK_OF(GENERAL_SUBTREE) *s, int i) {
  return sk_GENERAL_SUBTREE_value(s, i)->base;
}
static inline int copenssl_usages_count(const EXTENDED_KEY_USAGE *u) {
  return sk_ASN1_OBJECT_num(u);
}
static inline ASN1_OBJECT *copenssl_usage(const EXTENDED_KEY_USAGE *u, int i) {
  return sk_ASN1_OBJECT_value(u, i);
}
static inline int copenssl_accesses_count(const AUTHORITY_INFO_ACCESS *a) {
  return sk_ACCESS_DESCRIPTION_num(a);
}
static inline ACCESS_DESCRIPTION *copenssl_access(const AUTHORITY_INFO_ACCESS *a, int i) {
  return sk_ACCESS_DESCRIPTION_value(a, i);
}
static inline void copenssl_usages_free(EXTENDED_KEY_USAGE *u) {
  sk_ASN1_OBJECT_pop_free(u, ASN1_OBJECT_free);
}
static inline void copenssl_accesses_free(AUTHORITY_INFO_ACCESS *a) {
  AUTHORITY_INFO_ACCESS_free(a);
}

static inline int copenssl_lists_count(const CRL_DIST_POINTS *p) {
  return sk_DIST_POINT_num(p);
}
// The full names of one place; NULL where it is named in another way.
static inline GENERAL_NAMES *copenssl_list_names(const CRL_DIST_POINTS *p, int i) {
  const DIST_POINT *point = sk_DIST_POINT_value(p, i);
  return point->distpoint && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;
}
static inline void copenssl_lists_free(CRL_DIST_POINTS *p) { CRL_DIST_POINTS_free(p); }

// RC2 and single DES, which older PKCS#12 files are sealed with. Loading one provider by hand ends the
// default one's being there by itself, so both are.
static inline int copenssl_load_legacy(void) {
  return OSSL_PROVIDER_load(NULL, "legacy") && OSSL_PROVIDER_load(NULL, "default");
}

static inline STACK_OF(X509_EXTENSION) *copenssl_extensions_new(void) {
  return sk_X509_EXTENSION_new_null();
}
// Hands the extension over to the stack.
static inline int copenssl_extensions_push(STACK_OF(X509_EXTENSION) *s, X509_EXTENSION *x) {
  return sk_X509_EXTENSION_push(s, x) > 0;
}
static inline int copenssl_extensions_count(const STACK_OF(X509_EXTENSION) *s) {
  return sk_X509_EXTENSION_num(s);
}
static inline X509_EXTENSION *copenssl_extension(const STACK_OF(X509_EXTENSION) *s, int i) {
  return sk_X509_EXTENSION_value(s, i);
}
static inline void copenssl_extensions_free(STACK_OF(X509_EXTENSION) *s) {
  sk_X509_EXTENSION_pop_free(s, X509_EXTENSION_free);
}

// TLS
static inline int copenssl_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}
static inline int copenssl_set_versions(SSL_CTX *context, int least, int most) {
  return SSL_CTX_set_min_proto_version(context, least) &&
         SSL_CTX_set_max_proto_version(context, most);
}
static inline int copenssl_set_groups(SSL_CTX *context, const char *list) {
  return (int)SSL_CTX_set1_groups_list(context, list);
}
static inline int copenssl_set_signatures(SSL_CTX *context, const char *list) {
  return (int)SSL_CTX_set1_sigalgs_list(context, list);
}
static inline void copenssl_ask_for_staple(SSL *ssl) {
  SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
}
static inline long copenssl_staple(SSL *ssl, const unsigned char **bytes) {
  return SSL_get_tlsext_status_ocsp_resp(ssl, bytes);
}
// OpenSSL frees the staple with OPENSSL_free, so it gets a copy of its own.
static inline int copenssl_set_staple(SSL *ssl, const unsigned char *bytes, long count) {
  unsigned char *copy = OPENSSL_memdup(bytes, (size_t)count);
  if (copy == NULL) return 0;
  return (int)SSL_set_tlsext_status_ocsp_resp(ssl, copy, count);
}
static inline void copenssl_on_staple_wanted(SSL_CTX *context, int (*callback)(SSL *, void *),
                                             void *argument) {
  SSL_CTX_set_tlsext_status_cb(context, callback);
  SSL_CTX_set_tlsext_status_arg(context, argument);
}
static inline void copenssl_on_server_name(SSL_CTX *context,
                                           int (*callback)(SSL *, int *, void *),
                                           void *argument) {
  SSL_CTX_set_tlsext_servername_callback(context, callback);
  SSL_CTX_set_tlsext_servername_arg(context, argument);
}
static inline int copenssl_add_chain(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
static inline void copenssl_session_cache(SSL_CTX *context, int mode) {
  SSL_CTX_set_session_cache_mode(context, mode);
}
static inline int copenssl_group(SSL *ssl) { return (int)SSL_get_negotiated_group(ssl); }
static inline const char *copenssl_group_name(SSL *ssl) {
  return SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl));
}
static inline void copenssl_set_options(SSL_CTX *context, uint64_t options) {
  SSL_CTX_set_options(context, options);
}
static inline void copenssl_set_modes(SSL_CTX *context, long modes) {
  SSL_CTX_set_mode(context, modes);
}
// What judging an endpoint needs, and using one does not: old servers are spoken to as they are.
static inline uint64_t copenssl_options_for_looking(void) {
  return SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF;
}
static inline void copenssl_on_certificate_wanted(SSL *ssl, int (*callback)(SSL *, void *),
                                                  void *argument) {
  SSL_set_cert_cb(ssl, callback, argument);
}
