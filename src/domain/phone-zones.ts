/**
 * Calling codes, the country of each, and the timezones that it may be in, the most populous first; zones that agree
 * from 2026 on are listed once. A longer prefix wins. From the IANA database and libphonenumber; loaded when needed.
 */
export const PREFIXES = `
1 US America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu;
20 EG Africa/Cairo; 211 SS Africa/Juba; 212 MA Africa/Casablanca; 213 DZ Africa/Algiers; 216 TN Africa/Tunis;
218 LY Africa/Tripoli; 220 GM Africa/Banjul; 221 SN Africa/Dakar; 222 MR Africa/Nouakchott; 223 ML Africa/Bamako;
224 GN Africa/Conakry; 225 CI Africa/Abidjan; 226 BF Africa/Ouagadougou; 227 NE Africa/Niamey; 228 TG Africa/Lome;
229 BJ Africa/Porto-Novo; 230 MU Indian/Mauritius; 231 LR Africa/Monrovia; 232 SL Africa/Freetown;
233 GH Africa/Accra; 234 NG Africa/Lagos; 235 TD Africa/Ndjamena; 236 CF Africa/Bangui; 237 CM Africa/Douala;
238 CV Atlantic/Cape_Verde; 239 ST Africa/Sao_Tome; 240 GQ Africa/Malabo; 241 GA Africa/Libreville;
242 CG Africa/Brazzaville; 243 CD Africa/Kinshasa Africa/Lubumbashi; 244 AO Africa/Luanda; 245 GW Africa/Bissau;
246 IO Indian/Chagos; 247 AC Atlantic/St_Helena; 248 SC Indian/Mahe; 249 SD Africa/Khartoum; 250 RW Africa/Kigali;
251 ET Africa/Addis_Ababa; 252 SO Africa/Mogadishu; 253 DJ Africa/Djibouti; 254 KE Africa/Nairobi;
255 TZ Africa/Dar_es_Salaam; 256 UG Africa/Kampala; 257 BI Africa/Bujumbura; 258 MZ Africa/Maputo;
260 ZM Africa/Lusaka; 261 MG Indian/Antananarivo; 262 RE Indian/Reunion; 263 ZW Africa/Harare; 264 NA Africa/Windhoek;
265 MW Africa/Blantyre; 266 LS Africa/Maseru; 267 BW Africa/Gaborone; 268 SZ Africa/Mbabane; 269 KM Indian/Comoro;
27 ZA Africa/Johannesburg; 290 SH Atlantic/St_Helena; 291 ER Africa/Asmara; 297 AW America/Aruba;
298 FO Atlantic/Faroe; 299 GL America/Nuuk America/Danmarkshavn America/Thule; 30 GR Europe/Athens;
31 NL Europe/Amsterdam; 32 BE Europe/Brussels; 33 FR Europe/Paris; 34 ES Europe/Madrid Atlantic/Canary;
350 GI Europe/Gibraltar; 351 PT Europe/Lisbon Atlantic/Azores; 352 LU Europe/Luxembourg; 353 IE Europe/Dublin;
354 IS Atlantic/Reykjavik; 355 AL Europe/Tirane; 356 MT Europe/Malta; 357 CY Asia/Nicosia; 358 FI Europe/Helsinki;
359 BG Europe/Sofia; 36 HU Europe/Budapest; 370 LT Europe/Vilnius; 371 LV Europe/Riga; 372 EE Europe/Tallinn;
373 MD Europe/Chisinau; 374 AM Asia/Yerevan; 375 BY Europe/Minsk; 376 AD Europe/Andorra; 377 MC Europe/Monaco;
378 SM Europe/San_Marino; 380 UA Europe/Kyiv; 381 RS Europe/Belgrade; 382 ME Europe/Podgorica; 383 XK Europe/Belgrade;
385 HR Europe/Zagreb; 386 SI Europe/Ljubljana; 387 BA Europe/Sarajevo; 389 MK Europe/Skopje; 39 IT Europe/Rome;
40 RO Europe/Bucharest; 41 CH Europe/Zurich; 420 CZ Europe/Prague; 421 SK Europe/Bratislava; 423 LI Europe/Vaduz;
43 AT Europe/Vienna; 44 GB Europe/London; 45 DK Europe/Copenhagen; 46 SE Europe/Stockholm; 47 NO Europe/Oslo;
48 PL Europe/Warsaw; 49 DE Europe/Berlin; 500 FK Atlantic/Stanley; 501 BZ America/Belize; 502 GT America/Guatemala;
503 SV America/El_Salvador; 504 HN America/Tegucigalpa; 505 NI America/Managua; 506 CR America/Costa_Rica;
507 PA America/Panama; 508 PM America/Miquelon; 509 HT America/Port-au-Prince; 51 PE America/Lima;
52 MX America/Mexico_City America/Cancun America/Matamoros America/Ciudad_Juarez America/Mazatlan America/Tijuana;
5233 MX America/Mexico_City; 5255 MX America/Mexico_City; 5256 MX America/Mexico_City; 52656 MX America/Ciudad_Juarez;
52662 MX America/Hermosillo; 52664 MX America/Tijuana; 52667 MX America/Mazatlan; 52686 MX America/Tijuana;
5281 MX America/Mexico_City; 52998 MX America/Cancun; 53 CU America/Havana; 54 AR America/Argentina/Buenos_Aires;
55 BR America/Sao_Paulo; 5565 BR America/Cuiaba; 5566 BR America/Cuiaba; 5567 BR America/Campo_Grande;
5568 BR America/Rio_Branco; 5569 BR America/Porto_Velho; 5592 BR America/Manaus; 5595 BR America/Boa_Vista;
5597 BR America/Manaus America/Rio_Branco; 56 CL America/Santiago America/Punta_Arenas Pacific/Easter;
57 CO America/Bogota; 58 VE America/Caracas; 590 GP America/Guadeloupe; 591 BO America/La_Paz; 592 GY America/Guyana;
593 EC America/Guayaquil Pacific/Galapagos; 594 GF America/Cayenne; 595 PY America/Asuncion;
596 MQ America/Martinique; 597 SR America/Paramaribo; 598 UY America/Montevideo; 599 CW America/Curacao;
60 MY Asia/Kuala_Lumpur;
61 AU Australia/Sydney Australia/Lord_Howe Australia/Broken_Hill Australia/Brisbane Australia/Darwin Australia/Perth Australia/Eucla;
612 AU Australia/Sydney; 613 AU Australia/Melbourne; 617 AU Australia/Brisbane;
618 AU Australia/Perth Australia/Adelaide Australia/Darwin; 62 ID Asia/Jakarta Asia/Makassar Asia/Jayapura;
6221 ID Asia/Jakarta; 6222 ID Asia/Jakarta; 6224 ID Asia/Jakarta; 6231 ID Asia/Jakarta; 62361 ID Asia/Makassar;
62411 ID Asia/Makassar; 62967 ID Asia/Jayapura; 63 PH Asia/Manila; 64 NZ Pacific/Auckland Pacific/Chatham;
65 SG Asia/Singapore; 66 TH Asia/Bangkok; 670 TL Asia/Dili; 672 NF Pacific/Norfolk; 673 BN Asia/Brunei;
674 NR Pacific/Nauru; 675 PG Pacific/Port_Moresby Pacific/Bougainville; 676 TO Pacific/Tongatapu;
677 SB Pacific/Guadalcanal; 678 VU Pacific/Efate; 679 FJ Pacific/Fiji; 680 PW Pacific/Palau; 681 WF Pacific/Wallis;
682 CK Pacific/Rarotonga; 683 NU Pacific/Niue; 685 WS Pacific/Apia;
686 KI Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati; 687 NC Pacific/Noumea; 688 TV Pacific/Funafuti;
689 PF Pacific/Tahiti Pacific/Marquesas Pacific/Gambier; 690 TK Pacific/Fakaofo; 691 FM Pacific/Chuuk Pacific/Pohnpei;
692 MH Pacific/Majuro;
7 RU Europe/Moscow Europe/Kaliningrad Europe/Astrakhan Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Irkutsk Asia/Chita Asia/Vladivostok Asia/Magadan Asia/Kamchatka;
7495 RU Europe/Moscow; 7499 RU Europe/Moscow; 76 KZ Asia/Almaty; 77 KZ Asia/Almaty; 7812 RU Europe/Moscow;
81 JP Asia/Tokyo; 82 KR Asia/Seoul; 84 VN Asia/Ho_Chi_Minh; 850 KP Asia/Pyongyang; 852 HK Asia/Hong_Kong;
853 MO Asia/Macau; 855 KH Asia/Phnom_Penh; 856 LA Asia/Vientiane; 86 CN Asia/Shanghai; 880 BD Asia/Dhaka;
886 TW Asia/Taipei; 90 TR Europe/Istanbul; 91 IN Asia/Kolkata; 92 PK Asia/Karachi; 93 AF Asia/Kabul;
94 LK Asia/Colombo; 95 MM Asia/Yangon; 960 MV Indian/Maldives; 961 LB Asia/Beirut; 962 JO Asia/Amman;
963 SY Asia/Damascus; 964 IQ Asia/Baghdad; 965 KW Asia/Kuwait; 966 SA Asia/Riyadh; 967 YE Asia/Aden;
968 OM Asia/Muscat; 970 PS Asia/Gaza; 971 AE Asia/Dubai; 972 IL Asia/Jerusalem; 973 BH Asia/Bahrain;
974 QA Asia/Qatar; 975 BT Asia/Thimphu; 976 MN Asia/Ulaanbaatar Asia/Hovd; 977 NP Asia/Kathmandu; 98 IR Asia/Tehran;
992 TJ Asia/Dushanbe; 993 TM Asia/Ashgabat; 994 AZ Asia/Baku; 995 GE Asia/Tbilisi; 996 KG Asia/Bishkek;
998 UZ Asia/Samarkand`;

/** Area codes of +1, by their country and timezones. A region with two timezones has both. */
export const AREAS_OF_1 = `
US America/New_York: 201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301
302 304 305 313 315 317 321 324 326 329 330 332 336 339 347 351 352 380 386 401 404 407 410 412 413 419 434 440 443
445 463 470 472 475 478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 606 607 609 610 614 616
617 624 631 640 645 646 656 667 678 679 680 681 686 689 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757
762 765 770 771 772 774 781 786 802 803 804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 862
863 864 865 878 904 908 910 912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984 989;
US America/Chicago: 205 210 214 217 218 224 225 228 251 254 256 262 274 281 309 312 314 316 318 319 320 325 327 331
334 337 346 353 361 402 405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580
601 608 612 615 618 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 806 815 816
817 830 832 847 861 870 872 901 903 913 918 920 931 936 938 940 945 952 956 972 975 979 985;
US America/New_York America/Chicago: 219 270 364 423 448 574 812 850 906 930;
US America/Chicago America/Denver: 308 605 620 701 785 915;
US America/Denver: 303 307 385 406 435 505 575 719 720 801 970 983;
US America/Denver America/Los_Angeles: 208 986 541 458;
US America/Phoenix: 480 520 602 623 928;
US America/Los_Angeles: 206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564
619 626 628 650 657 661 669 702 707 714 725 738 747 760 775 805 818 820 831 837 840 858 909 916 925 949 951 971;
US America/Anchorage America/Adak: 907;
US Pacific/Honolulu: 808;
CA America/Toronto: 226 249 263 289 343 354 365 367 382 416 418 437 438 450 468 514 519 548 579 581 613 647 683 705
742 753 819 873 905 942;
CA America/Toronto America/Winnipeg: 807;
CA America/Winnipeg: 204 431 584;
CA America/Regina: 306 474 639;
CA America/Edmonton: 368 403 587 780 825;
CA America/Vancouver America/Edmonton: 236 250 778;
CA America/Vancouver: 257 604 672;
CA America/Halifax: 428 506 782 902;
CA America/St_Johns America/Halifax: 709 879;
CA America/Whitehorse America/Edmonton America/Winnipeg America/Toronto: 867;
BS America/Nassau: 242;
BB America/Barbados: 246;
AI America/Anguilla: 264;
AG America/Antigua: 268;
VG America/Tortola: 284;
VI America/St_Thomas: 340;
KY America/Cayman: 345;
BM Atlantic/Bermuda: 441;
GD America/Grenada: 473;
TC America/Grand_Turk: 649;
JM America/Jamaica: 658 876;
MS America/Montserrat: 664;
MP Pacific/Saipan: 670;
GU Pacific/Guam: 671;
AS Pacific/Pago_Pago: 684;
SX America/Lower_Princes: 721;
LC America/St_Lucia: 758;
DM America/Dominica: 767;
VC America/St_Vincent: 784;
PR America/Puerto_Rico: 787 939;
DO America/Santo_Domingo: 809 829 849;
TT America/Port_of_Spain: 868;
KN America/St_Kitts: 869`;
