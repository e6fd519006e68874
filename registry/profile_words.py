"""What the words of a profile mean, in Chinese and in English: each choice of each of its keys.

For `registry.explaining`, which says a whole profile in sentences, and for whoever asks an office
what it is like over HTTP.
"""

from typing import Final

from registry.words import Words

UNITS: Final = {
    "working_days": Words("个工作日", "working days"),
    "days": Words("日", "days"),
    "months": Words("个月", "months"),
}
STARTS: Final = {
    "filing": Words("提交认证资料之日", "filing the papers"),
    "submission": Words("提交申请之日", "submission"),
    "payment": Words("缴费之日", "payment"),
    "acceptance": Words("受理之日", "acceptance"),
    "resubmission": Words("重新提交之日", "resubmission"),
    "return_notice": Words("补正通知之日", "the notice of return"),
    "approval": Words("终审通过之日", "approval"),
}
PURPOSES: Final = {
    "verification": Words("实名认证", "verification of identity"),
    "acceptance_notice": Words("受理通知", "notice of acceptance"),
    "examination": Words("审查", "examination"),
    "correction": Words("补正", "correction"),
    "certificate_making": Words("制证", "making the certificate"),
    "progress": Words("进度更新", "showing progress"),
}
ACTORS: Final = {
    "applicant": Words("申请人", "the applicant"),
    "agency": Words("初审机构", "the agency"),
    "office": Words("登记机构", "the office"),
}
AGENTS: Final = {
    "mandate": Words(
        "代理人凭委托与授权书办理,须实名认证",
        "any verified agent files, with mandate and power of attorney",
    ),
    "confirmed": Words(
        "只有经核验资质的代理公司或律师可以代理", "only confirmed agent firms and lawyers may act"
    ),
    "none": Words("不接受代理", "agents are not accepted"),
}
AREAS: Final = {
    "anywhere": Words("不限地区", "from anywhere"),
    "proof": Words("外地自然人须有本地证明", "persons from outside show a tie to the area"),
    "pledge": Words("外地著作权人可附承诺书", "owners from outside may add a pledge"),
}
AGENCY: Final = {
    "chosen": Words("由申请人选择初审机构", "the applicant chooses the first examiner"),
    "assigned": Words("初审机构由平台指定", "the platform names the first examiner"),
    "none": Words("登记机构自行初审", "the office itself examines first"),
}
VERIFICATION: Final = {
    "automatic": Words("材料齐备即可", "complete papers are enough"),
    "organisations_reviewed": Words("单位须经人工核对", "an officer looks at those of bodies"),
    "reviewed": Words("个人与单位均须经人工核对", "an officer looks at everybody's papers"),
}
IDENTITY: Final = {
    "before_submission": Words("提交前", "before submission"),
    "before_evidence": Words("存证前", "before the evidence is deposited"),
}
ACCOUNTS: Final = {
    "individual": Words("个人", "individuals"),
    "organisation": Words("法人或非法人组织", "organisations"),
    "agent_firm": Words("代理公司", "agent firms"),
    "agent_lawyer": Words("代理律师", "agent lawyers"),
}
ORDERS: Final = {
    "sequential": Words("按顺序在线签章", "signed on line, one after the other"),
    "parallel": Words("在线签章,不分先后", "signed on line, in any order"),
    "paper": Words("下载签字后上传", "signed on paper and uploaded"),
}
SIGNERS: Final = {
    "owner": Words("著作权人", "owner"),
    "author": Words("作者", "author"),
    "applicant": Words("申请人", "applicant"),
    "agent": Words("代理人", "agent"),
}
DUE: Final = {
    "never": Words("不收费", "nothing is charged"),
    "before_acceptance": Words("受理前缴费", "paid before acceptance"),
    "before_examination": Words("审查前缴费", "paid before examination"),
}
SCOPES: Final = {
    "year": Words("每年一个序列,各类别合用", "one series a year for all letters"),
    "year_letter": Words("每年每类别各一个序列", "a series for each letter of each year"),
}
RETURNED_TO: Final = {
    "applicant": Words("申请人", "the applicant"),
    "first": Words("初审", "the first examiner"),
}
MINORS: Final = {
    "guardian": Words("未成年人由监护人代为办理", "a guardian acts for a minor"),
    "refused": Words("不受理未成年人的申请", "minors are not accepted"),
}
IDENTITY_PAPERS: Final = {
    "id_front": Words("证件人像面", "the card's side with the portrait"),
    "id_back": Words("证件国徽面", "the card's other side"),
    "holding": Words("手持证件照", "a photograph holding the card"),
    "licence": Words("营业执照等主体证明", "licence or the like of a body"),
    "seal": Words("公章电子件", "electronic copy of the official seal"),
    "handler_authorisation": Words("经办人授权书", "authorisation of the handler"),
    "handler_id_front": Words("经办人证件人像面", "portrait side of the handler's card"),
    "handler_id_back": Words("经办人证件国徽面", "other side of the handler's card"),
    "residence_proof": Words("居住、就学或就业证明", "proof of residence, study or work"),
}
IDENTITY_FACTS: Final = {
    "address": Words("详细地址", "address"),
    "legal_representative": Words("法定代表人", "legal representative"),
    "handler": Words("经办人", "handler"),
    "contact_mobile": Words("联系手机", "contact mobile"),
}
PAYING: Final = {
    "wechat": Words("微信支付", "WeChat Pay"),
    "alipay": Words("支付宝", "Alipay"),
    "transfer": Words("银行转账", "bank transfer"),
    "sandbox": Words("沙箱(演示)", "sandbox (for trying out)"),
}
HOW: Final = {
    "online": Words("在线填写", "filled in on line"),
    "generated": Words("由系统生成", "generated"),
    "template": Words("下载模板填写、签字", "a template to download, fill in and sign"),
    "upload": Words("上传", "uploaded"),
}
SIGNED_BY_INDIVIDUALS: Final = {
    "signature": Words("个人签名", "individuals sign"),
    "none": Words("个人无须签名", "individuals need not sign"),
}
SIGNED_BY_ORGANISATIONS: Final = {
    "seal": Words("单位盖章", "organisations seal"),
    "signature": Words("单位签名", "organisations sign"),
    "none": Words("单位无须签章", "organisations need not sign"),
}
SIGNED_AGAIN: Final = {
    "all": Words("退回后全部重签", "after a return everything is signed again"),
    "changed": Words(
        "退回后只重签有改动的文件", "after a return only changed papers are signed again"
    ),
}
