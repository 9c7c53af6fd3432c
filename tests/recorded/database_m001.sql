BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'snapshot-bot','m001_initial','2026-11-26 19:45:42.024969+00:00');
CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        rule TEXT NOT NULL, request_id TEXT, cloud TEXT, cluster TEXT, detail TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "audit" VALUES(1,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','fe254dcc1d7e25a87b0f72f98f92aa33220ee3fe8a6700bff89e239d285a628c');
INSERT INTO "audit" VALUES(2,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','8130053555e578dc1d38fa31f21df5d16203a62879c8b65706a9d12062f7f83a');
INSERT INTO "audit" VALUES(3,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','6463ef48133541db45b2b893b8587ffe0818abafdd049b365f606f24a66d7970');
INSERT INTO "audit" VALUES(4,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','ecb8c3f61153d543d35486cf626624df3edcb01d6c04c5063e890b5c59c85348');
INSERT INTO "audit" VALUES(5,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','d6be205c051916512d2adb65d7fdd18e3aafb9c166275056151f14f10a8b0b66');
INSERT INTO "audit" VALUES(6,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','62d816cfc9523c35cd350cdb42e67cadbfb1a8125372e185c0f0caa74ec8bccb');
INSERT INTO "audit" VALUES(7,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','8d678dcfdc56917cf47df5ef1eb396ddba14c93741e3328d42bc4e8c65a15787');
INSERT INTO "audit" VALUES(8,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','7d093e246f9817aa77b491c1398c08fb35b70f7faa639ae2431c35fe67e55e92');
INSERT INTO "audit" VALUES(9,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','1058c075811c90d5cab3cd3058d834a9a1b539fb9c82812f7973e8bdcdce00d9');
INSERT INTO "audit" VALUES(10,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','839818d56b6c3206c5adfeb25d9ed745cb72c4b94833b0527c4daf22d2d94b50');
INSERT INTO "audit" VALUES(11,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','9f5b78fda6895963960a354ea79f968def54728a403fc6cc2e6d9928896beb37');
INSERT INTO "audit" VALUES(12,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','e26554468dbfeed4cf3954192aab3f3a54a48cab7f244450cf7bf5456b4d7477');
INSERT INTO "audit" VALUES(13,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','c42e86e35f6cf5faf8c173cb44698c394b90dac7717a19ad78fd1354820de9de');
INSERT INTO "audit" VALUES(14,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','b729157217f7e9888e33ed9ff0f19fbb41f14d447ce547f39d2e1eb193460252');
INSERT INTO "audit" VALUES(15,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','912d7a9801b1a04bd2461dc10e23183ccb600722bec6464257f3181fad24c5c3');
INSERT INTO "audit" VALUES(16,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','2dfe60403c56a034d19c5c7f9b46fa213a59a2e528bbf76a257c0de6dfe860fe');
INSERT INTO "audit" VALUES(17,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','d83325641648397ef3af88add0d180fd41eea1bb1790c50589a01af0988ce333');
INSERT INTO "audit" VALUES(18,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','431673259cfeb6f6ea23562034cbc1b0d2496eaad027d20f39331b7e8661f7c4');
INSERT INTO "audit" VALUES(19,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','6945d90d262b8de93d1a48d64c5dedf0f3d239f474b71c6b7b60dbc8d024ad7c');
INSERT INTO "audit" VALUES(20,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','41852982bf2d19430c4af823a50c4849e84048ba35836f94d5dc826004b4e873');
INSERT INTO "audit" VALUES(21,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','804c34d3f6236a0447bb7e63ddda22a1e764174bd0d9586eaf14afe3d6fa1092');
INSERT INTO "audit" VALUES(22,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a120c304cc87cb35647b5cbbab70c1805aec02cedc7b953af82de8f2ea64ecb5');
INSERT INTO "audit" VALUES(23,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','6c655ec4f1f7583e3cc958343e1ea3529ffcaf2772e743db5c6c0d1b45a8201d');
INSERT INTO "audit" VALUES(24,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','623eeb30514572b0ee26e516ed0b966a54dea935e725999430e8b76733cadd6e');
INSERT INTO "audit" VALUES(25,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','c9edd5afaf527094b5bd930197b198dccd516c643429b452c9162b04ece09696');
INSERT INTO "audit" VALUES(26,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','7a945cf3d2eebab801550a99316d2c353232af95ebeed1d9a23bfa664222f711');
INSERT INTO "audit" VALUES(27,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a6cc7a3a0326d80a7e55ae55abd2d0354b18f3534c865914b3910e8bf9759b2c');
INSERT INTO "audit" VALUES(28,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','eaf297b71165160627672437bd1e8b5e40d962d28277b038ffb1eb4f7975c6c5');
INSERT INTO "audit" VALUES(29,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','84856eef0572eae8e269180a6f214f4365102b834b19822bbdb1e8149035fb27');
INSERT INTO "audit" VALUES(30,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','3682423be24c14331904b2010cd077255b168eec32e0299d44f8b1b3dc2da432');
INSERT INTO "audit" VALUES(31,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','7c0aa222f4a2cbad224a2b4db1deffc79b2c45ac7b6458990129e7cc95b0fc6a');
INSERT INTO "audit" VALUES(32,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','0b0fdae7f478026c2baeb1094c57260e3873aa9832b834d4e875a022c8006d4a');
INSERT INTO "audit" VALUES(33,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','613f4f7398bc7c287db5beb50b2c4a4253c68b97f2577493ed9c80f2aca62c1b');
INSERT INTO "audit" VALUES(34,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','562c6b33790278c346fd8f832ce04d0b5baa63e872824d0517148fd1458889ef');
INSERT INTO "audit" VALUES(35,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','217ffb69b9b77889ae50944b04e063f54b34d7ca02726b416d501a55db5e25ae');
INSERT INTO "audit" VALUES(36,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','8c53bd934d51bf9bae38319d77e27b6421b0b9a4971085da26df3d29f027decf');
INSERT INTO "audit" VALUES(37,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','cbb7b71014af9a67b69df9772bc3fb23c34dcace693031b4d30fd67d69433764');
INSERT INTO "audit" VALUES(38,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','eafaedfef731cbbe7ba68aac3818a99ead6a7f9e59a37a56c2e041c42836c42b');
INSERT INTO "audit" VALUES(39,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','c54e48de185782be315391a2890bf255074597a30c727673fb75482b405bf4c8');
INSERT INTO "audit" VALUES(40,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','af92e6a24a69de157b5a6db8e2b7c474d273fde15e8ce90195ebc750dac736dc');
INSERT INTO "audit" VALUES(41,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','fd7996ac3d2c20f1d59cc1ff0bd08e03fef01ea20fca592ff72c4e34d0d7ee50');
INSERT INTO "audit" VALUES(42,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','3b549ed705cd194d5f1b3f3e0cc33fb9420dfc68e3d0e4431e7fbe932719a776');
INSERT INTO "audit" VALUES(43,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','0ae32a80001b2ce13d32cf61d7840a718420cf6661bf8a3b210421529a3eda0d');
INSERT INTO "audit" VALUES(44,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','44b10df416bcd418a977f0c7c6a33ef19a121a9cd468a3a1cee30dcf62f353a8');
INSERT INTO "audit" VALUES(45,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','cb454affb47079baa88ebaaa2e4af5521c2c8c6cbc4edfcbe5bedf391f898bd2');
INSERT INTO "audit" VALUES(46,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','c27513b07b81a65ebf7990ecb2839b2763ca7d42a81799d839f749b630f586c7');
INSERT INTO "audit" VALUES(47,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','7bf0e97a537d95d3e167a08be644dd81683e96ccb93be8f86e98f3eb7b5e9fa6');
INSERT INTO "audit" VALUES(48,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','8420779649d46e4e15238c072697efd8c61b2a1c13a5dae5deb87d0909c32118');
INSERT INTO "audit" VALUES(49,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','936441fbf2e3155064b9e42ba10797efc3d17fce76569df545826fb9b2bf15e3');
INSERT INTO "audit" VALUES(50,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','0ee978f74ec942090b10a3ef8a37aef8a8bcbb6452c2835c83c17acec4ffa435');
INSERT INTO "audit" VALUES(51,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','b9604174210fe4d8bdae2f8289e353f03f142f58a003f08a477aa157bf74a191');
INSERT INTO "audit" VALUES(52,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','1ec6f07a6edaa7fb869d352af186fe493c4634a84c4494af19c6903d72ec6bfd');
INSERT INTO "audit" VALUES(53,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','c13b47b2ea90cfeb72841487af9c19cb6a965158238737d1f904cbfbc608fc50');
INSERT INTO "audit" VALUES(54,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a83e3d7cc1bfd7a5e1b83e378e85f1df5d16a1c34ecfda549b52852a9e6653a7');
INSERT INTO "audit" VALUES(55,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','b791c9fff2524da8c3bd966aac3b27c8841da10b9e31cfc54971c238a0a93ef1');
INSERT INTO "audit" VALUES(56,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','167f15b6724f8f83eb1e9a6aae056ca2e7374b9c68073d45231e79c089071f67');
INSERT INTO "audit" VALUES(57,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','d1e1878d7253ec33e27bdeaa79e893e02b5dd0e9f48b2d8911156646849c8a87');
INSERT INTO "audit" VALUES(58,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','927b5d7765bd4c6bf786b25f1fe3b9640bf1d601b006dfbdc9418542981f63df');
INSERT INTO "audit" VALUES(59,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','488533093d1132c7faa3224fe62396b8a2ed2618749b0a269d15977017befe78');
INSERT INTO "audit" VALUES(60,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','38b5f578b64428f7d9d25b1b739560b915ec35dca73dccf12c83391efb369f35');
INSERT INTO "audit" VALUES(61,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a5c560fa4c34ebfe632841f378cb6504a0eddd97b7e9003a1bdac2655371b39f');
INSERT INTO "audit" VALUES(62,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','d9ac31b18561bf1ec0a7b624aa84116de02e8d58b213a2d83c930bd12655ddd3');
INSERT INTO "audit" VALUES(63,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','04bbddfcbfe7b9e65c0557c5890f27f918cd461dfa6496d77aacddf5b029e545');
INSERT INTO "audit" VALUES(64,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','382f7c4d445aa8de3b519f583df47300ce23f0d397172c8675279aa302d19ae6');
INSERT INTO "audit" VALUES(65,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','8a966085ffb4f8015da59fef88e5bb36d07fdcfa606b048473fe3911a3677755');
INSERT INTO "audit" VALUES(66,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','46fe8a412756157d996a49be89cbe48928682e175ff421401c1ffc3011c05293');
INSERT INTO "audit" VALUES(67,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','95c2e76c2bb84b132af1b2d84eebb2fb5c8ad52b0ca9f2ca734f0021def56e5b');
INSERT INTO "audit" VALUES(68,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','5b2577d58efd56a96b0f6aaaee27154eb2a7cca1b927875b9adb829583c2426b');
INSERT INTO "audit" VALUES(69,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','24fc85eea3dd8758574f32ed52db6dbd549f688e03af2704d914d292a61c35b6');
INSERT INTO "audit" VALUES(70,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','6201e847a8f0baf8a07644196cc6ab294ef67a68d730c65828b927435f3bf839');
INSERT INTO "audit" VALUES(71,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','ca636054fba70834882971d680c12faf9568b6f0afc3bba8cdaf576d44fed764');
INSERT INTO "audit" VALUES(72,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a24c11b8de83ac4f5134d87c406fbfd4a4e52bffc4650b407566476f383ed7d6');
INSERT INTO "audit" VALUES(73,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','f48257372f84e4735abfd090bd459334e668fbb0e8a5312b1deeabf0e18f2f61');
INSERT INTO "audit" VALUES(74,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','d04af44af0b5457a845aad38d3d52db5e0e3e875843379544a224fa34e81a59a');
INSERT INTO "audit" VALUES(75,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','7c976d8e8ff2fc8bc70f822ff22e49f85f9e66f1a5bc6af752fae1482293624c');
INSERT INTO "audit" VALUES(76,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','a9e9c5f238fafdecf4d694d5abd3189da635bdf7d60e00346256aef83032c3e0');
INSERT INTO "audit" VALUES(77,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','fb5610f074571bc931454e026099035323f50a8629894ecc475eb30b27e74283');
INSERT INTO "audit" VALUES(78,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','f791fda39692ec775e858141adcf16aeb03c818e3917d476200d829a06eba90e');
INSERT INTO "audit" VALUES(79,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','bb2cf019f15ada9ccd30cc33a143912188fdc47daefd7fe36e5de12da5571d48');
INSERT INTO "audit" VALUES(80,'2026-11-23T14:05:00.000000Z','cli:root','grant.added','',NULL,NULL,NULL,'','0cbc913292961f9dba393b7add3df50da8c91777e89afaf5d7e4034c6f9cf1c0');
INSERT INTO "audit" VALUES(81,'2026-11-23T14:05:00.000000Z','cli:root','rule.set','',NULL,NULL,NULL,'','bfbf33073e91db51b9eb7f66d6344c2442319bd3c4bf70ff4d38aa9f37e9dd45');
INSERT INTO "audit" VALUES(82,'2026-11-23T14:05:00.000000Z','U00000ANA','request.asked','granted','R-AY7A','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','of-expired; approvals needed: 1','9d057dbefff16551358d154473123f537fdfdbd6084a88126c07e4a1f91087bd');
INSERT INTO "audit" VALUES(83,'2026-11-23T22:05:01.000000Z','bot','request.expired','','R-AY7A','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','','8ce47a6bb8bc37e0f5e717246345850a7cbb37f82b18035608d338826638bf9c');
INSERT INTO "audit" VALUES(84,'2026-11-23T22:05:01.000000Z','U00000ANA','request.asked','granted','R-XD2K','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','of-done; approvals needed: 1','6737b9f5fe3f34dc8ca3823437f9bf9fde5cb3616a4a04945568552e0bfe63d1');
INSERT INTO "audit" VALUES(85,'2026-11-23T22:05:01.000000Z','U00000ANA','request.asked','granted','R-XZFB','default','62a97baa-9700-57e7-aae6-92d67f534d8d','of-failed; approvals needed: 1','ce1ceffde90e69904efb6c1fb05c67ee4f757e195876a4dd2c04b5737989dc6b');
INSERT INTO "audit" VALUES(86,'2026-11-23T22:05:01.000000Z','U00000ANA','request.asked','granted','R-9DHN','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','of-declined; approvals needed: 1','ac3e6969f4244032130c01ec419e814ba326d6ac8555aa1cc849c3a8bbb9fe99');
INSERT INTO "audit" VALUES(87,'2026-11-23T22:05:01.000000Z','U00000ANA','request.asked','granted','R-TGCJ','default','595ce5dc-668a-5813-8a91-157eac3f1da7','of-withdrawn; approvals needed: 1','2167644c69d0e39a8f87b84490e74aea68e094cd29ff3b08bdb5a6978f17b0ce');
INSERT INTO "audit" VALUES(88,'2026-11-23T22:05:04.000000Z','U00000BEN','request.approved','granted','R-XD2K','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','009575a72e245ce390a532032ee4d65f685c8472a3826538fe9db6d99d3f2b96');
INSERT INTO "audit" VALUES(89,'2026-11-23T22:05:04.000000Z','bot','request.attempt_started','','R-XD2K','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','841391db0c369ac5658653bf2a68cbb53cbbf092311fd5838f55185aea4ca12f');
INSERT INTO "audit" VALUES(90,'2026-11-23T22:05:04.000000Z','bot','request.accepted','','R-XD2K','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','db5c1df7-8108-45a8-9a3e-02d4594e22d5','afa5ebdcae9f419456d0ed4484637a13f593b823070e846a6629dde7d9afb371');
INSERT INTO "audit" VALUES(91,'2026-11-23T22:05:04.000000Z','U00000BEN','request.approved','granted','R-XZFB','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','77eb45ef189e2f2aae08f1b4c5116be1d7f4ca51b46038851952448a52bbc6eb');
INSERT INTO "audit" VALUES(92,'2026-11-23T22:05:07.000000Z','bot','request.attempt_started','','R-XZFB','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','db0692158634639b69c3d70d52f9dd5c2ab61c049b84d46d644e362f39f7275f');
INSERT INTO "audit" VALUES(93,'2026-11-23T22:05:07.000000Z','bot','request.accepted','','R-XZFB','default','62a97baa-9700-57e7-aae6-92d67f534d8d','a930aa0f-1fcc-45e3-b8fa-92cc9dafdd7a','342da5ec9b1eb8b92502f9a47bc7c371fec927630eb0961588d6990aabc4a3b7');
INSERT INTO "audit" VALUES(94,'2026-11-23T22:05:07.000000Z','U00000BEN','request.declined','granted','R-9DHN','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','not today','93936f6769aac40149a33eab0e198c7db2b6afac555d51f691dc0ca70dd86c77');
INSERT INTO "audit" VALUES(95,'2026-11-23T22:05:07.000000Z','U00000ANA','request.withdrawn','own-request','R-TGCJ','default','595ce5dc-668a-5813-8a91-157eac3f1da7','','7eaf88cfe165b655fce45be279eb29f9051ee98bb8a03198bf4e95bac73e0d0c');
INSERT INTO "audit" VALUES(96,'2026-11-23T22:05:27.000000Z','bot','request.finished','','R-XD2K','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','db5c1df7-8108-45a8-9a3e-02d4594e22d5','4a1965de55006c1ad6d87747bbba9273ac2ee32a29fc563cb5d2b4db2153a07d');
INSERT INTO "audit" VALUES(97,'2026-11-23T22:05:27.000000Z','bot','request.failed','','R-XZFB','default','62a97baa-9700-57e7-aae6-92d67f534d8d','The cloud started the snapshot but could not finish it.','7aa9fd64f2399ba137026015f988fdaf1620223d812bc476af90350e0e6299d4');
INSERT INTO "audit" VALUES(98,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-493Q','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','of-waiting; approvals needed: 2','1e3cb7d2963f5549897c823d9f7eda660d5b9cc58a37619a212ebe4f83c36629');
INSERT INTO "audit" VALUES(99,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-4H5K','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','of-queue-1; approvals needed: 1','bb45f483439d290af3c3dde14eca29c1b73683d204182b42a854b99ec82ea703');
INSERT INTO "audit" VALUES(100,'2026-11-23T22:05:27.000000Z','U00000ADA','request.asked','granted','R-X875','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','of-queue-2; approvals needed: 1','9edb88a36822561653371daac7476e84e5db35c124261d92cce1160afa4c4366');
INSERT INTO "audit" VALUES(101,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-MN4X','default','85ad6271-313f-532f-a782-6beadf82043c','of-busy; approvals needed: 1','e2cf03e912c2d7a0f4cbfa28028290c7b5562695d3b844c687ebefb5a131e8e5');
INSERT INTO "audit" VALUES(102,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-87CD','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','of-blocked; approvals needed: 1','5cd6ff00d562a87b225c355ef0f9c90c36612fb981c56815f4b4eb86121fa0d6');
INSERT INTO "audit" VALUES(103,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-MAF4','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','of-login; approvals needed: 1','5f0f1d432de81417222c12d9a30863be34acc496c138d39541247fe58cca2e66');
INSERT INTO "audit" VALUES(104,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-RF87','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','of-permission; approvals needed: 1','2af0a8780fbee318d86dfaa55a39013b791fc4e84947e6279b45ac194ac35c9b');
INSERT INTO "audit" VALUES(105,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-FKQM','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','of-cloud; approvals needed: 1','187fce9bbfbf7e81034ce41d9165f65323b5b2eaf631b26ae1b5623aaa779518');
INSERT INTO "audit" VALUES(106,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-6XGW','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','of-lost; approvals needed: 1','bddce394f769457c8cca162f16202115a0054dca33cdc6f35b76d80c0edaab13');
INSERT INTO "audit" VALUES(107,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-K9YH','default','db11b1b8-8546-5b13-9775-058e99e632ab','of-landed; approvals needed: 1','881f9bdeae02fae0bf1314a4366084a66cad639da45f25fc2a34ebecbf2eeb51');
INSERT INTO "audit" VALUES(108,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','of-twice; approvals needed: 1','39502fbc67379fd20d49bf032a6fc1faf031b9e2c7554970676fe722f08039c1');
INSERT INTO "audit" VALUES(109,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-P83Y','default','1854aad3-21d7-5901-b059-77d6d5050807','of-creating; approvals needed: 1','6fd0496e6d5940049cf3b8bef185b271111b1fbc4673091d4e450d61f504b8bc');
INSERT INTO "audit" VALUES(110,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-HREY','default','05cf9284-a559-5651-b5b8-96feec30c87d','of-silent; approvals needed: 1','c5f57220d2e0fac22b8bd7f7584cfe6e98d95ab1bb2ddcf9ec682096d6d25cc6');
INSERT INTO "audit" VALUES(111,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-437T','default','94b8f212-df57-522c-8640-d237e261754b','of-percent; approvals needed: 1','1974241b54f229dd7c4d2871210689e3cc309a49874e03dac627ec87e414e621');
INSERT INTO "audit" VALUES(112,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-DQAE','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','of-gone; approvals needed: 1','26a1123d1f9a805bb9a32abcb9f036da5f0995f724f89e34b73321d824ebcb97');
INSERT INTO "audit" VALUES(113,'2026-11-23T22:05:27.000000Z','U00000ANA','request.asked','granted','R-PQFS','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','of-untold; approvals needed: 1','88de3fdf256f42615ef6148d6f433e7d555908cd51b9e8da84061a88a9e6f038');
INSERT INTO "audit" VALUES(114,'2026-11-23T22:05:27.000000Z','U00000BEN','request.approved','granted','R-493Q','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','','683cacc90ce2a43cdb4899067ba3076161818feaeaf80565da54adb85d7bba3f');
INSERT INTO "audit" VALUES(115,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-4H5K','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','004cd1110717ac1c76006c5eca17bd55ffdbb5db3a477d15cd831a2d755dd31e');
INSERT INTO "audit" VALUES(116,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-X875','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','1ce380a802765c3d8673a0133e64171c7ccdcaf61dd480f631c570acbe7d6bd2');
INSERT INTO "audit" VALUES(117,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-MN4X','default','85ad6271-313f-532f-a782-6beadf82043c','','7fd23e92527f7d049f4cc0191154a19dadcaa546c2d3a6a531399c925e752f5a');
INSERT INTO "audit" VALUES(118,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-87CD','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','','ef13518bc171b675d7057cf9a4983f5d3010aa75cecdf182d407816c7517edba');
INSERT INTO "audit" VALUES(119,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-MAF4','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','73cff68787db659f936db272bd06e72b4c5bc2d6ead38f122c818fa746f83152');
INSERT INTO "audit" VALUES(120,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-RF87','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','9d7e51b216a95059ef123ebf24af798e04198b8a424d9f120c430ab51fc49fb0');
INSERT INTO "audit" VALUES(121,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-FKQM','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','557e66db61c7e970f29f4ca5a5738b995fe85b1bed42cde97eac714e2d63e56b');
INSERT INTO "audit" VALUES(122,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-6XGW','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','92da03c1f08c3b33901e01a87824d2117697d2a05c12a292d8a9a9fe608888d8');
INSERT INTO "audit" VALUES(123,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-K9YH','default','db11b1b8-8546-5b13-9775-058e99e632ab','','db59abd05796078fc1754aff76567c3c27c560cda901c34a2c1bb1bb3d6512fc');
INSERT INTO "audit" VALUES(124,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','','361c4acf304e8fc9e6bfa4c769539aec791f07090aef05cce1b0fd67441f7228');
INSERT INTO "audit" VALUES(125,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-P83Y','default','1854aad3-21d7-5901-b059-77d6d5050807','','0fc065599423238fa789bc40ff4b29a5a0f6e6a4dea84fc42758528d8cd8a21f');
INSERT INTO "audit" VALUES(126,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-HREY','default','05cf9284-a559-5651-b5b8-96feec30c87d','','53b8a8f61a7fee8b2fbee95f9952a6a155c6e43e6b6e48a9093d1a5ee01130b6');
INSERT INTO "audit" VALUES(127,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-437T','default','94b8f212-df57-522c-8640-d237e261754b','','c58c227af1d9abbdd92d1a557e710399941c48d3e42365e5bdde1a5a289d8432');
INSERT INTO "audit" VALUES(128,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-DQAE','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','e3f8d5c9b03ddd96cb09e35e314751d89b79596d9a9d58269f70d7af5d566a13');
INSERT INTO "audit" VALUES(129,'2026-11-23T22:05:32.000000Z','U00000BEN','request.approved','granted','R-PQFS','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','80840804842833b7a274b8c4aef1dde0d066511759a47484411bf11be7785b49');
INSERT INTO "audit" VALUES(130,'2026-11-23T22:05:35.000000Z','bot','request.attempt_started','','R-4H5K','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','f5d1d6e7850f267099217f1451669111847394dbcb87095f9409c5e0f2dca93c');
INSERT INTO "audit" VALUES(131,'2026-11-23T22:05:35.000000Z','bot','request.accepted','','R-4H5K','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','d9d3c7c9-1969-4c63-a354-c1f98f4176fd','f1cf80cfdda3e5713c0d0ab977189113d48bd742c2f9b434dd1903c3d9d61284');
INSERT INTO "audit" VALUES(132,'2026-11-23T22:05:35.000000Z','bot','request.held','','R-X875','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','300fa9b40ac4a74d2a26f9061f4a73592bae21ea81fbdcc49a5c270362daa8b2');
INSERT INTO "audit" VALUES(133,'2026-11-23T22:05:38.000000Z','bot','request.held','','R-MN4X','default','85ad6271-313f-532f-a782-6beadf82043c','it is being scaled out','3bf70025014a7fa65a14f5496493fc4ebe15ea2da9e9bd7f41de2261c7440504');
INSERT INTO "audit" VALUES(134,'2026-11-23T22:05:38.000000Z','bot','request.held','','R-87CD','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','read-only','e118564d9ed0179689570e90aacca1b1b3c84994024d99cc17af3d5f37174bd3');
INSERT INTO "audit" VALUES(135,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-MAF4','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','51e349377331aa32e18417b4077e0ca1842f9ffbf587e07bade9302a48d2f06d');
INSERT INTO "audit" VALUES(136,'2026-11-23T22:05:38.000000Z','bot','request.refused','','R-MAF4','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','The bot''s login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); this request waits.','a163ac3a52a6819ff3b33e81a0f64a1ee4d25d7b907a469faa310f72b21ec2a3');
INSERT INTO "audit" VALUES(137,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-RF87','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','bf7ba913a367ee5eb0d821b84acae01aa86dcf809da454e1f7070c25b4b8d02c');
INSERT INTO "audit" VALUES(138,'2026-11-23T22:05:38.000000Z','bot','request.refused','','R-RF87','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','The bot''s cloud account may not create snapshots here (needs dws:openAPISnapshot:create). An operator must fix that; this request waits.','91beb76cb775f75bf0eb6167403a947cd33b8e61e65ecd8c3c4652270231b36d');
INSERT INTO "audit" VALUES(139,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-FKQM','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','fbd3e8eef684b65d0fe1550852414d81f409ec11171d63f2a46f42254a9e3504');
INSERT INTO "audit" VALUES(140,'2026-11-23T22:05:38.000000Z','bot','request.refused','','R-FKQM','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','4ae987f1b03ce6c8d80617068c490c423fd4f66a4e9945544127c85d072ae307');
INSERT INTO "audit" VALUES(141,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-6XGW','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','550254c8940e0d830bfd487b633add5f56f23cee56731f1c6b133d123c2e6d78');
INSERT INTO "audit" VALUES(142,'2026-11-23T22:05:38.000000Z','bot','request.answer_lost','','R-6XGW','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','fc6567904b308ca62dc00609d345e1811e9c89a27391cbe38edc7bc3872b9073');
INSERT INTO "audit" VALUES(143,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-K9YH','default','db11b1b8-8546-5b13-9775-058e99e632ab','','698dbf372497e9f9889cd075554cb471a62785668c9b5df347bf8c811f0e493e');
INSERT INTO "audit" VALUES(144,'2026-11-23T22:05:38.000000Z','bot','request.answer_lost','','R-K9YH','default','db11b1b8-8546-5b13-9775-058e99e632ab','The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','ddd6b8d1b694f722a4acd1ff53ff7df4b9ed8623e2a3030cc5f57fc0e9ded2fa');
INSERT INTO "audit" VALUES(145,'2026-11-23T22:05:38.000000Z','bot','request.attempt_started','','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','','cf5cf5dd4855c3afbfeee46abfd58d781c5f65809d52ee45db0915dc10dbe12a');
INSERT INTO "audit" VALUES(146,'2026-11-23T22:05:38.000000Z','bot','request.answer_lost','','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','824550fea1c1ac9ef4b48ab8b270b3a08bc365c39053090cd4ec45d9eb000d94');
INSERT INTO "audit" VALUES(147,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','','47e087b4b8a647cba52a287f27a88f8bbea9b03bbf459f3dad0d7c4303a28752');
INSERT INTO "audit" VALUES(148,'2026-11-23T22:05:53.000000Z','bot','request.answer_lost','','R-X2K6','default','7e2a9c25-6584-5645-882e-2442494f825a','The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','a63a8fd8a8e5c2e554942f586c94c4e4fc4fd48edbf8efba16689a74ba2f4f66');
INSERT INTO "audit" VALUES(149,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-P83Y','default','1854aad3-21d7-5901-b059-77d6d5050807','','7cd7f8b684dfd3342ba6c4497f64fbb15bf2cf2f72a8ea7bea8a5db611bba694');
INSERT INTO "audit" VALUES(150,'2026-11-23T22:05:53.000000Z','bot','request.accepted','','R-P83Y','default','1854aad3-21d7-5901-b059-77d6d5050807','15ace961-8b47-4e7d-8f51-6eabb66a76da','b61890e543854b6401efa9a602501caa5532b569287609f8da8545c6635dfd20');
INSERT INTO "audit" VALUES(151,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-HREY','default','05cf9284-a559-5651-b5b8-96feec30c87d','','86ded285bda21be5bab3416a80e3fd6381ffc9530c5f9d4065460cc6f749d7ef');
INSERT INTO "audit" VALUES(152,'2026-11-23T22:05:53.000000Z','bot','request.accepted','','R-HREY','default','05cf9284-a559-5651-b5b8-96feec30c87d','5715902b-93a4-41e3-92c0-cc9accc912df','dff1de73b51a7505fc22589cfbe9f91d53118aa9206c2474fcef88dae50ccae8');
INSERT INTO "audit" VALUES(153,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-437T','default','94b8f212-df57-522c-8640-d237e261754b','','2ae92805e1f027a1e8ea9923e34c9b05ceeeee69166fe125853fe49784153f2a');
INSERT INTO "audit" VALUES(154,'2026-11-23T22:05:53.000000Z','bot','request.accepted','','R-437T','default','94b8f212-df57-522c-8640-d237e261754b','8dccf544-b599-4469-9267-c62bf7ed4ab5','d28a2af8a2e99b71fdd289c63ec7c2206ffc77f33246d747e98f5f7a117192ec');
INSERT INTO "audit" VALUES(155,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-DQAE','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','0dd0a37e7d4641ba5edb81300ccb60c4846a61ab8c6b66fd93e37ff08d982481');
INSERT INTO "audit" VALUES(156,'2026-11-23T22:05:53.000000Z','bot','request.accepted','','R-DQAE','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','228ef366-f977-4105-9c3a-92764e7db804','29612ad8df69d37deda71d01e217e2f4dce7e283edafffa5c7444eb2c8a573b6');
INSERT INTO "audit" VALUES(157,'2026-11-23T22:05:53.000000Z','bot','request.attempt_started','','R-PQFS','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','f90af7d2e956700a0eea87e436d443289a5dfb47f893f7952450fb1682d327c0');
INSERT INTO "audit" VALUES(158,'2026-11-23T22:05:53.000000Z','bot','request.accepted','','R-PQFS','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','122571a7-70a2-4021-97c8-01a25873765e','602000093cd3f01c37c86c620cb4ff7d96ce4e5e326a68806e3b55683f90c95e');
INSERT INTO "audit" VALUES(159,'2026-11-23T22:06:41.000000Z','bot','request.finished','','R-PQFS','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','122571a7-70a2-4021-97c8-01a25873765e','e50afc759dd0a7cda45e3bba9f3387203ee1166fe75b52bd734ffa0b1b3f95be');
CREATE TABLE cluster_rules (
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, need INTEGER NOT NULL, channel TEXT,
        PRIMARY KEY (cloud, cluster)
    ) STRICT
    ;
INSERT INTO "cluster_rules" VALUES('default','32870f6a-7e4b-5032-b7be-e2ea522f3a06',2,NULL);
CREATE TABLE grants (
        user TEXT NOT NULL, role TEXT NOT NULL, cloud TEXT NOT NULL, cluster TEXT NOT NULL,
        cluster_name TEXT NOT NULL, granted_by TEXT NOT NULL, granted_at TEXT NOT NULL,
        PRIMARY KEY (user, role, cloud, cluster)
    ) STRICT
    ;
INSERT INTO "grants" VALUES('U00000ANA','request','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','62a97baa-9700-57e7-aae6-92d67f534d8d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','85ad6271-313f-532f-a782-6beadf82043c','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','85ad6271-313f-532f-a782-6beadf82043c','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','85ad6271-313f-532f-a782-6beadf82043c','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','85ad6271-313f-532f-a782-6beadf82043c','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','94b8f212-df57-522c-8640-d237e261754b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','94b8f212-df57-522c-8640-d237e261754b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','94b8f212-df57-522c-8640-d237e261754b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','94b8f212-df57-522c-8640-d237e261754b','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','7e2a9c25-6584-5645-882e-2442494f825a','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','7e2a9c25-6584-5645-882e-2442494f825a','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','7e2a9c25-6584-5645-882e-2442494f825a','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','7e2a9c25-6584-5645-882e-2442494f825a','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','1854aad3-21d7-5901-b059-77d6d5050807','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','1854aad3-21d7-5901-b059-77d6d5050807','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','1854aad3-21d7-5901-b059-77d6d5050807','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','1854aad3-21d7-5901-b059-77d6d5050807','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','05cf9284-a559-5651-b5b8-96feec30c87d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','05cf9284-a559-5651-b5b8-96feec30c87d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','05cf9284-a559-5651-b5b8-96feec30c87d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','05cf9284-a559-5651-b5b8-96feec30c87d','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','db11b1b8-8546-5b13-9775-058e99e632ab','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','db11b1b8-8546-5b13-9775-058e99e632ab','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','db11b1b8-8546-5b13-9775-058e99e632ab','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','db11b1b8-8546-5b13-9775-058e99e632ab','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','595ce5dc-668a-5813-8a91-157eac3f1da7','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','595ce5dc-668a-5813-8a91-157eac3f1da7','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','595ce5dc-668a-5813-8a91-157eac3f1da7','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','595ce5dc-668a-5813-8a91-157eac3f1da7','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ANA','request','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000ADA','request','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEN','approve','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','U0000CLEO','2026-11-23T14:05:00.000000Z');
INSERT INTO "grants" VALUES('U00000BEA','approve','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','','U0000CLEO','2026-11-23T14:05:00.000000Z');
CREATE TABLE messages (
        request_id TEXT NOT NULL REFERENCES requests (id), kind TEXT NOT NULL,
        channel TEXT NOT NULL, ref_channel TEXT, ts TEXT,
        shown_version INTEGER NOT NULL DEFAULT 0, claimed_version INTEGER NOT NULL DEFAULT 0,
        sending_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, ready INTEGER NOT NULL,
        due_at TEXT, not_before TEXT, lease_owner TEXT, lease_until TEXT,
        wake_at TEXT GENERATED ALWAYS AS (CASE WHEN ready THEN max(due_at, coalesce(lease_until, '')) END) VIRTUAL,
        PRIMARY KEY (request_id, kind)
    ) STRICT
    ;
INSERT INTO "messages" VALUES('R-AY7A','card','C00DWHOPS','C00DWHOPS','1795392000.000000',2,2,'2026-11-23T14:05:00.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-AY7A','result','C00DWHOPS','C00DWHOPS','1795392001.000000',2,2,'2026-11-23T22:05:01.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-XD2K','card','C00DWHOPS','C00DWHOPS','1795392002.000000',5,5,'2026-11-23T22:05:01.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-XZFB','card','C00DWHOPS','C00DWHOPS','1795392003.000000',5,5,'2026-11-23T22:05:01.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-9DHN','card','C00DWHOPS','C00DWHOPS','1795392004.000000',2,2,'2026-11-23T22:05:01.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-TGCJ','card','C00DWHOPS','C00DWHOPS','1795392005.000000',2,2,'2026-11-23T22:05:01.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-9DHN','result','C00DWHOPS','C00DWHOPS','1795392006.000000',2,2,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-XD2K','result','C00DWHOPS','C00DWHOPS','1795392007.000000',5,5,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-XZFB','result','C00DWHOPS','C00DWHOPS','1795392008.000000',5,5,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-493Q','card','C00DWHOPS','C00DWHOPS','1795392009.000000',2,2,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-4H5K','card','C00DWHOPS','C00DWHOPS','1795392010.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-X875','card','C00DWHOPS','C00DWHOPS','1795392011.000000',3,3,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-MN4X','card','C00DWHOPS','C00DWHOPS','1795392012.000000',3,3,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-87CD','card','C00DWHOPS','C00DWHOPS','1795392013.000000',3,3,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-MAF4','card','C00DWHOPS','C00DWHOPS','1795392014.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-RF87','card','C00DWHOPS','C00DWHOPS','1795392015.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-FKQM','card','C00DWHOPS','C00DWHOPS','1795392016.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-6XGW','card','C00DWHOPS','C00DWHOPS','1795392017.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-K9YH','card','C00DWHOPS','C00DWHOPS','1795392018.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-X2K6','card','C00DWHOPS','C00DWHOPS','1795392019.000000',6,6,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-P83Y','card','C00DWHOPS','C00DWHOPS','1795392020.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-HREY','card','C00DWHOPS','C00DWHOPS','1795392021.000000',5,5,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-437T','card','C00DWHOPS','C00DWHOPS','1795392022.000000',5,5,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-DQAE','card','C00DWHOPS','C00DWHOPS','1795392023.000000',4,4,'2026-11-23T22:05:27.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-PQFS','card','C00DWHOPS','C00DWHOPS','1795392024.000000',4,5,'2026-11-23T22:05:27.000000Z',0,1,'2026-11-23T22:06:41.000000Z',NULL,'t','2026-11-23T22:08:41.000000Z');
INSERT INTO "messages" VALUES('R-MAF4','operator','C00DWHOPS','C00DWHOPS','1795392025.000000',4,4,'2026-11-23T22:06:09.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-RF87','operator','C00DWHOPS','C00DWHOPS','1795392026.000000',4,4,'2026-11-23T22:06:09.000000Z',0,1,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('R-PQFS','result','C00DWHOPS',NULL,NULL,0,5,'2026-11-23T22:06:41.000000Z',1,1,'2026-11-23T22:06:43.227437Z','2026-11-23T22:06:43.227437Z',NULL,NULL);
CREATE TABLE requests (
        id TEXT PRIMARY KEY NOT NULL, origin TEXT NOT NULL UNIQUE,
        team TEXT NOT NULL, requester TEXT NOT NULL,
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, cluster_name TEXT NOT NULL,
        name TEXT NOT NULL, description TEXT NOT NULL, channel TEXT NOT NULL, need INTEGER NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        state TEXT NOT NULL, version INTEGER NOT NULL,
        decided_by TEXT, decided_at TEXT, words TEXT NOT NULL,
        hold TEXT NOT NULL, place INTEGER NOT NULL, problem TEXT NOT NULL, advice TEXT NOT NULL,
        attempted_at TEXT, sent_at TEXT, attempts INTEGER NOT NULL,
        snapshot_id TEXT, accepted_at TEXT, percent INTEGER,
        started_at TEXT, finished_at TEXT, size_gb REAL NOT NULL,
        due_at TEXT, lease_owner TEXT, lease_until TEXT,
        wake_at TEXT GENERATED ALWAYS AS (max(due_at, coalesce(lease_until, ''))) VIRTUAL
    ) STRICT
    ;
INSERT INTO "requests" VALUES('R-AY7A','view:expired','T0000ACME','U00000ANA','default','9e3ef96f-faed-5815-815a-9cda7d51fa8b','dwh-expired','of-expired','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T14:05:00.000000Z','2026-11-23T22:05:00.000000Z','2026-11-23T22:05:01.000000Z','EXPIRED',2,NULL,'2026-11-23T22:05:01.000000Z','','',1,'','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('R-XD2K','view:done','T0000ACME','U00000ANA','default','d97f8a95-15f0-5ed2-9037-27a7aaceda86','dwh-done','of-done','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:01.000000Z','2026-11-24T06:05:01.000000Z','2026-11-23T22:05:27.000000Z','AVAILABLE',5,'U00000BEN','2026-11-23T22:05:04.000000Z','','',1,'','','2026-11-23T22:05:04.000000Z','2026-11-23T22:05:04.000000Z',1,'db5c1df7-8108-45a8-9a3e-02d4594e22d5','2026-11-23T22:05:04.000000Z',100,'2026-11-23T22:05:04.000000Z','2026-11-23T22:05:07.000000Z',42.7,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('R-XZFB','view:failed','T0000ACME','U00000ANA','default','62a97baa-9700-57e7-aae6-92d67f534d8d','dwh-failed','of-failed','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:01.000000Z','2026-11-24T06:05:01.000000Z','2026-11-23T22:05:27.000000Z','FAILED',5,'U00000BEN','2026-11-23T22:05:04.000000Z','','',1,'The cloud started the snapshot but could not finish it.','Ask again.','2026-11-23T22:05:07.000000Z','2026-11-23T22:05:07.000000Z',1,'a930aa0f-1fcc-45e3-b8fa-92cc9dafdd7a','2026-11-23T22:05:07.000000Z',NULL,NULL,'2026-11-23T22:05:27.000000Z',0.0,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('R-9DHN','view:declined','T0000ACME','U00000ANA','default','14f2bd66-82f7-5bbe-b2a0-a0c88dee4714','dwh-declined','of-declined','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:01.000000Z','2026-11-24T06:05:01.000000Z','2026-11-23T22:05:07.000000Z','DECLINED',2,'U00000BEN','2026-11-23T22:05:07.000000Z','not today','',1,'','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('R-TGCJ','view:withdrawn','T0000ACME','U00000ANA','default','595ce5dc-668a-5813-8a91-157eac3f1da7','dwh-withdrawn','of-withdrawn','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:01.000000Z','2026-11-24T06:05:01.000000Z','2026-11-23T22:05:07.000000Z','WITHDRAWN',2,'U00000ANA','2026-11-23T22:05:07.000000Z','','',1,'','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('R-493Q','view:waiting','T0000ACME','U00000ANA','default','32870f6a-7e4b-5032-b7be-e2ea522f3a06','dwh-waiting','of-waiting','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',2,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:27.000000Z','WAITING',2,NULL,NULL,'','',1,'','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-24T06:05:27.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-4H5K','view:queue-1','T0000ACME','U00000ANA','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','dwh-queue-1','of-queue-1','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:35.000000Z','CREATING',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','',1,'','','2026-11-23T22:05:35.000000Z','2026-11-23T22:05:35.000000Z',1,'d9d3c7c9-1969-4c63-a354-c1f98f4176fd','2026-11-23T22:05:35.000000Z',NULL,NULL,NULL,0.0,'2026-11-23T22:05:45.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-X875','view:queue-2','T0000ACME','U00000ADA','default','5a07d856-6e26-5777-a52b-7ba80b0f6d16','dwh-queue-1','of-queue-2','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:35.000000Z','APPROVED',3,'U00000BEN','2026-11-23T22:05:32.000000Z','','queue',2,'','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:45.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-MN4X','view:busy','T0000ACME','U00000ANA','default','85ad6271-313f-532f-a782-6beadf82043c','dwh-busy','of-busy','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','APPROVED',3,'U00000BEN','2026-11-23T22:05:32.000000Z','','busy',1,'it is being scaled out','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:54.516422Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-87CD','view:blocked','T0000ACME','U00000ANA','default','9cd96a1f-b19b-5624-89b9-b5f985c4d6f1','dwh-blocked','of-blocked','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','APPROVED',3,'U00000BEN','2026-11-23T22:05:32.000000Z','','blocked',1,'read-only','',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:55.814658Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-MAF4','view:login','T0000ACME','U00000ANA','default','be926a31-f6ff-5a92-a514-7cbfccdd0600','dwh-login','of-login','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','APPROVED',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','login',1,'The bot''s login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); this request waits.','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:06:42.988017Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-RF87','view:permission','T0000ACME','U00000ANA','default','883354e4-25cf-5e7d-a988-83f8a49c7c57','dwh-permission','of-permission','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','APPROVED',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','permission',1,'The bot''s cloud account may not create snapshots here (needs dws:openAPISnapshot:create). An operator must fix that; this request waits.','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:06:39.554061Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-FKQM','view:cloud','T0000ACME','U00000ANA','default','7cf4b2e2-1043-5d8b-bc40-9a4ed79a99e8','dwh-cloud','of-cloud','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','APPROVED',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','cloud',1,'The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:53.355235Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-6XGW','view:lost','T0000ACME','U00000ANA','default','2ec805e7-2f46-5525-9498-4c3a88fc644d','dwh-lost','of-lost','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','SUBMITTING',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','cloud',1,'The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','','2026-11-23T22:05:38.000000Z','2026-11-23T22:05:38.000000Z',1,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:48.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-K9YH','view:landed','T0000ACME','U00000ANA','default','db11b1b8-8546-5b13-9775-058e99e632ab','dwh-landed','of-landed','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:38.000000Z','SUBMITTING',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','cloud',1,'The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','','2026-11-23T22:05:38.000000Z','2026-11-23T22:05:38.000000Z',1,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:05:48.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-X2K6','view:twice','T0000ACME','U00000ANA','default','7e2a9c25-6584-5645-882e-2442494f825a','dwh-twice','of-twice','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:53.000000Z','SUBMITTING',6,'U00000BEN','2026-11-23T22:05:32.000000Z','','cloud',1,'The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','','2026-11-23T22:05:38.000000Z','2026-11-23T22:05:53.000000Z',2,NULL,NULL,NULL,NULL,NULL,0.0,'2026-11-23T22:06:03.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-P83Y','view:creating','T0000ACME','U00000ANA','default','1854aad3-21d7-5901-b059-77d6d5050807','dwh-creating','of-creating','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:53.000000Z','CREATING',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','',1,'','','2026-11-23T22:05:53.000000Z','2026-11-23T22:05:53.000000Z',1,'15ace961-8b47-4e7d-8f51-6eabb66a76da','2026-11-23T22:05:53.000000Z',NULL,NULL,NULL,0.0,'2026-11-23T22:06:00.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-HREY','view:silent','T0000ACME','U00000ANA','default','05cf9284-a559-5651-b5b8-96feec30c87d','dwh-silent','of-silent','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:06:25.000000Z','CREATING',5,'U00000BEN','2026-11-23T22:05:32.000000Z','','cloud',1,'The cloud isn''t answering properly; checking whether the snapshot was made, then trying again.','','2026-11-23T22:05:53.000000Z','2026-11-23T22:05:53.000000Z',1,'5715902b-93a4-41e3-92c0-cc9accc912df','2026-11-23T22:05:53.000000Z',NULL,NULL,NULL,0.0,'2026-11-23T22:06:42.381856Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-437T','view:percent','T0000ACME','U00000ANA','default','94b8f212-df57-522c-8640-d237e261754b','dwh-percent','of-percent','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:06:09.000000Z','CREATING',5,'U00000BEN','2026-11-23T22:05:32.000000Z','','',1,'','','2026-11-23T22:05:53.000000Z','2026-11-23T22:05:53.000000Z',1,'8dccf544-b599-4469-9267-c62bf7ed4ab5','2026-11-23T22:05:53.000000Z',40,NULL,NULL,0.0,'2026-11-23T22:06:15.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-DQAE','view:gone','T0000ACME','U00000ANA','default','7c0c699a-a968-5c3b-9911-fec69ea77d26','dwh-gone','of-gone','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:05:53.000000Z','CREATING',4,'U00000BEN','2026-11-23T22:05:32.000000Z','','',1,'','','2026-11-23T22:05:53.000000Z','2026-11-23T22:05:53.000000Z',1,'228ef366-f977-4105-9c3a-92764e7db804','2026-11-23T22:05:53.000000Z',NULL,NULL,NULL,0.0,'2026-11-23T22:06:00.000000Z',NULL,NULL);
INSERT INTO "requests" VALUES('R-PQFS','view:untold','T0000ACME','U00000ANA','default','3f76a97d-0cf9-533e-97bc-c8d2db3e0225','dwh-untold','of-untold','Vor dem Umzug:
 für Ana 🚀','C00DWHOPS',1,'2026-11-23T22:05:27.000000Z','2026-11-24T06:05:27.000000Z','2026-11-23T22:06:41.000000Z','AVAILABLE',5,'U00000BEN','2026-11-23T22:05:32.000000Z','','',1,'','','2026-11-23T22:05:53.000000Z','2026-11-23T22:05:53.000000Z',1,'122571a7-70a2-4021-97c8-01a25873765e','2026-11-23T22:05:53.000000Z',100,'2026-11-23T22:05:53.000000Z','2026-11-23T22:06:25.000000Z',42.7,NULL,NULL,NULL);
CREATE TABLE seen (key TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE votes (
        request_id TEXT NOT NULL REFERENCES requests (id), user TEXT NOT NULL,
        approve INTEGER NOT NULL, at TEXT NOT NULL, comment TEXT NOT NULL,
        PRIMARY KEY (request_id, user)
    ) STRICT
    ;
INSERT INTO "votes" VALUES('R-XD2K','U00000BEN',1,'2026-11-23T22:05:04.000000Z','');
INSERT INTO "votes" VALUES('R-XZFB','U00000BEN',1,'2026-11-23T22:05:04.000000Z','');
INSERT INTO "votes" VALUES('R-493Q','U00000BEN',1,'2026-11-23T22:05:27.000000Z','');
INSERT INTO "votes" VALUES('R-4H5K','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-X875','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-MN4X','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-87CD','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-MAF4','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-RF87','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-FKQM','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-6XGW','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-K9YH','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-X2K6','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-P83Y','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-HREY','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-437T','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-DQAE','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
INSERT INTO "votes" VALUES('R-PQFS','U00000BEN',1,'2026-11-23T22:05:32.000000Z','');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX grants_by_cluster ON grants (cloud, cluster);
CREATE INDEX grants_of_admins ON grants (user) WHERE role = 'admin';
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_wake ON requests (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX requests_by_age ON requests (created_at);
CREATE INDEX requests_by_state ON requests (state, created_at);
CREATE INDEX requests_by_requester ON requests (requester, created_at);
CREATE INDEX requests_by_cluster ON requests (cloud, cluster, created_at);
CREATE UNIQUE INDEX requests_open_name ON requests (cloud, lower(name))
    WHERE state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')
    ;
CREATE UNIQUE INDEX requests_in_the_cloud ON requests (cloud, cluster)
    WHERE state IN ('SUBMITTING', 'CREATING')
    ;
CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL AND ready = 1;
CREATE INDEX messages_wake ON messages (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX seen_by_age ON seen (at);
CREATE INDEX audit_by_request ON audit (request_id) WHERE request_id IS NOT NULL;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',159);
COMMIT;
