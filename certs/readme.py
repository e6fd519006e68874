"""README.txt of a package: what a court's expert can check by hand with openssl and sha256sum."""

from certs.content import HASH_ONLY, NEVER_SEEN_MARK, REGISTER_KINDS, CertificateContent

_TEXT = """\
印记证据包 Yinji evidence package
{sample}
存证编号 evidence number: {number}
证书编号 certificate number: {certificate_number}
{registered}
一、此包证明什么 What this package proves
{proves}
  可信时间戳 time-stamp token: {token_time} ({tsa})
  区块时间 block time:         {block_time} (链的申报 a claim of the chain)

二、手工核验 Checks by hand (openssl 3, coreutils, poppler-utils, xxd)
  1. 文件摘要 digests of the files — 应与下表一致 must equal this list:
     sha256sum FILE
{files}
  2. 声明摘要 digest of the statement:
     sha256sum statement.json
     {statement_sha256}
     文件摘要逐字出现在 statement.json 中 the digests stand in statement.json word for word.
  3. 可信时间戳 time-stamp over the statement:
     openssl ts -verify -data statement.json -in timestamp.tsr -CAfile trust/tsa-root.pem
     openssl ts -reply -in timestamp.tsr -text
  4. 叶哈希 leaf hash = SHA-256(0x00 || statement.json):
     (printf '\\000'; cat statement.json) | sha256sum
     {leaf_hash}
     proof.json 给出从叶到根的路径 proof.json holds the path from the leaf to the root
     {root}
     每一步为 SHA-256(0x01 || 左 || 右),见核验规范 each step is SHA-256(0x01 || left || right):
     printf '01%s%s' LEFT RIGHT | xxd -r -p | sha256sum
  5. 链上记录 on the chain (chain id {chain_id}):
     合约 contract     {contract}
     交易 transaction  {transaction}
     区块 block        {block} {block_hash}
     事件 RootAnchored 的第一个参数即上面的根,第三个参数为 {tree_size}
     the event's first argument is the root above, its third is {tree_size}.
  6. 证书签名 signature of the certificate:
     pdfsig certificate.pdf
     须显示签名有效、覆盖整份文件、范围为 [0 - B], [C - D] it must say valid, total document signed,
     and the ranges [0 - B], [C - D]. 自有根证书显示 "issuer isn't Trusted" 属正常,但谁都可自制,
     故须再验其根 is normal for an own root, but anybody can make one: check the root too.
     取出签名,得 certificate.pdf.sig0 take out the signature, which gives certificate.pdf.sig0:
     pdfsig -dump certificate.pdf
     以 B、C 的数值代入 with the numbers B and C:
     (head -c B certificate.pdf; tail -c +$((C + 1)) certificate.pdf) > covered.bin
     openssl cms -verify -cades -binary -inform DER -in certificate.pdf.sig0 \\
       -content covered.bin -CAfile trust/issuer-root.pem -no-CApath -no-CAstore \\
       -purpose any -out /dev/null
     须显示 it must say: CAdES Verification successful. 证书过期后加 once expired add
     -attime SECONDS (时间戳的秒数 the token's time in seconds since 1970).
  7. 根证书 the roots — 指纹须在信任文件(三)的 issuer_roots 与 tsa_roots 中,那里为小写、无冒号
     their digests must stand in the trust file (part 三) under issuer_roots and tsa_roots, there
     in lower case and without colons:
     openssl x509 -in trust/issuer-root.pem -noout -fingerprint -sha256
     openssl x509 -in trust/tsa-root.pem -noout -fingerprint -sha256

三、信任 Trust
  trust/ 中的证书只供 openssl 使用,不是证据。请从独立渠道取得信任文件,其 SHA-256 应为
  The certificates in trust/ are for openssl, not evidence. Get the trust file by a way of your
  own; its SHA-256 must be
  {trust_sha256}

四、程序核验 By program
  yinji verify FILE… PACKAGE.zip --trust trust.json
  核验规范 docs/verification.md 足以用任何语言另写一个核验程序
  is enough to write another verifier in any language.
"""

_DEPOSITED = """\
  文件内容自下列时间起即以此形式存在,此后未改动。不证明作者身份、独创性或合法性;不是版权登记证书。
  The files existed in exactly this form from the times below on. It does not prove authorship,
  originality or legality, and it is not a copyright registration."""

_DECLARED = """\
  下列摘要自下列时间起即已申报,此后未改动;与之一致的文件当时已经存在,但平台从未见过文件。不证明
  作者身份、独创性或合法性;不是版权登记证书。
  The digests below were declared by the times below, and have not changed since: a file with such
  a digest existed then, but the platform has never seen it. It does not prove authorship,
  originality or legality, and it is not a copyright registration."""

_REGISTERED = """\
  登记记录与文件自下列时间起即以此形式存在,此后未改动。登记是权属的初步证明,不证明独创性或合法性。
  The registration record and the files existed in exactly this form from the times below on. A
  registration is preliminary proof of ownership; it does not prove originality or legality."""


def readme(content: CertificateContent) -> bytes:
    """The text for one certificate."""
    sample = (
        "样本 SAMPLE — 试用安装出具,不具证明效力\n"
        "issued by a trial installation, of no evidential value\n"
        if content.sample
        else ""
    )
    declared = content.custody_mode == HASH_ONLY
    proves = _DECLARED if declared else _DEPOSITED
    registered = ""
    if content.kind in REGISTER_KINDS:
        proves = _REGISTERED
        registered = f"登记号 registration number: {content.fact('registration_number')}\n"
    mark = f" {' '.join(NEVER_SEEN_MARK)}" if declared else ""
    files = "\n".join(f"     {each.sha256}  ({each.size} bytes){mark}" for each in content.files)
    return _TEXT.format(
        sample=sample,
        proves=proves,
        number=content.number,
        certificate_number=content.certificate_number,
        registered=registered,
        token_time=content.times.token.gen_time,
        tsa=content.times.token.tsa_name,
        # Whole seconds are all that a block counts.
        block_time=content.times.block.time.replace(".000Z", "Z"),
        files=files,
        statement_sha256=content.statement_sha256,
        leaf_hash=content.leaf_hash,
        root=content.tree.root,
        tree_size=content.tree.size,
        chain_id=content.chain.chain_id,
        contract=content.chain.contract,
        transaction=content.chain.transaction,
        block=content.chain.block_number,
        block_hash=content.chain.block_hash,
        trust_sha256=content.trust_sha256,
    ).encode()
