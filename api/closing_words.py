"""What closing an account ends, erases and keeps, and why: the words its owner is told."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Said:
    """`code` is stable, the words are for people."""

    code: str
    zh: str
    en: str


ENDED: Final = (
    Said("ways_in", "所有登录会话、API 密钥、第二验证方式与找回码即时失效",
         "every session, API key, second factor and recovery code ends at once"),
    Said("names", "邮箱、手机号与用户名即时释放,他人可重新注册,但得不到本账号的任何内容",
         "e-mail address, mobile number and user name are free at once; whoever signs up with one "
         "gets nothing of this account"),
    Said("memberships", "在各单位的成员资格;仅您一人的单位随之注销",
         "memberships of organisations; an organisation that nobody else works for is closed too"),
    Said("claims", "尚待核对的实名认证与类别变更申请自动撤回",
         "claims of identity and requests for another kind that wait for an office are withdrawn"),
    Said("drafts", "未提交的业务草稿自动清空并撤回;未存证的作品草稿与未用的上传删除",
         "drafts of matters are emptied and withdrawn; works never deposited, and uploads of "
         "nothing, are deleted"),
    Said("trading", "已登记作品的交易展示即时撤下,其说明删除",
         "registered works are shown for trading no more, and what was said of that is deleted"),
)  # fmt: skip
ERASED: Final = (
    Said("identity", "实名信息、证件号码及其索引",
         "identities, identity numbers and their indexes"),
    Said("parties", "人员档案", "rights holders on file"),
    Said("papers", "身份材料及其密钥,备份中的密文从此不可读;未经决定的业务所用的个人证件存证的文件",
         "identity papers and their keys: copies of them in backups are noise from now on; files "
         "of evidence that shows who somebody is, but of decided matters"),
    Said("contacts", "联系方式、收货地址与头像", "contacts, delivery addresses and the picture"),
    Said("inbox", "站内消息", "the inbox"),
)  # fmt: skip
KEPT: Final = (
    Said("evidence", "存证、声明、时间戳与证书:他人据以验证,仍可验证;其中载有您存证时申报的内容。"
         "可先逐件删除其个人信息(DELETE /api/v1/evidence/{编号}/personal-data),"
         "或以 erase_files 一并删除未进入业务的存证的文件与个人信息",
         "evidence, statements, tokens and certificates: others rely on them, and they stay "
         "verifiable; they hold what you declared in depositing. Erase what is personal in each "
         "first (DELETE /api/v1/evidence/{number}/personal-data), or with erase_files files and "
         "personal data of all that stands in no matter"),
    Said("registrations", "作品登记与登记公告:公开登记保持公布时的样子",
         "registrations and announcements: the public register stays as it was published"),
    Said("matters", "已递交的业务卷宗(申请表、签署文件、纸质证书的寄送记录),按登记机构的档案要求",
         "files of matters that were handed in (forms, signed papers, where certificates of paper "
         "were sent): the offices' archives want them"),
    Said("identities", "登记机构已作出决定的业务所涉及的身份及其材料:在该机构保存卷宗期间加密保存,"
         "不作他用",
         "identities, with their papers, that stand in matters an office has decided on: kept "
         "sealed for as long as the office keeps its file, for nothing else"),
    Said("orders", "订单、付款、退款、发票申请与账目:会计法规要求",
         "orders, payments, refunds, requests for invoices and the ledger: accounting law wants "
         "them"),
    Said("audit", "审计与同意记录:仅以账号标识记载,不含姓名",
         "the audit, and what was agreed to: by the account's id, without a name"),
)  # fmt: skip
