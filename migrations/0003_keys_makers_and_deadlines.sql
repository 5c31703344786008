DROP INDEX `api_keys_listing`;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `made_by` text;--> statement-breakpoint
CREATE INDEX `api_keys_made_by_keys` ON `api_keys` (`account_id`,`expires_at`) WHERE "api_keys"."made_by" is not null and "api_keys"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX `api_keys_listing` ON `api_keys` (`account_id`,`api`,`created_at`,`id`,`environment`);--> statement-breakpoint
CREATE INDEX `tasks_deadlines` ON `tasks` (`status`,`deadline`) WHERE "tasks"."deadline" is not null;