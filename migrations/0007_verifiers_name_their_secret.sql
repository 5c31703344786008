-- A verifier tells which secret it was made under: until now, the one in use.
UPDATE `api_keys` SET `verifier` = (SELECT `value` FROM `settings` WHERE `name` = 'secret_fingerprint') || '.' || `verifier` WHERE `verifier` IS NOT NULL;
--> statement-breakpoint
UPDATE `workers` SET `key_verifier` = (SELECT `value` FROM `settings` WHERE `name` = 'secret_fingerprint') || '.' || `key_verifier` WHERE `key_verifier` IS NOT NULL;
