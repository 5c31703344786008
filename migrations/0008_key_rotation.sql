ALTER TABLE `api_keys` ADD `disabled_at` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `rotated_at` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_prefix` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_bcrypt_hash` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_verifier` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_ends_at` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_previous_prefix` ON `api_keys` (`previous_prefix`) WHERE "api_keys"."previous_prefix" is not null;